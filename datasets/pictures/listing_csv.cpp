// Pictures that are listed in a text.

#include <filesystem>
#include <fstream>

#include "core/check.h"
#include "datasets/pictures/class_names.h"
#include "datasets/pictures/listing.h"
#include "datasets/pictures/listing_parts.h"

namespace nibble {
namespace {

struct CsvRow {
  std::string file, label, split;
};

std::vector<std::string> csv_fields(const std::string& line) {
  std::vector<std::string> fields;
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = line.find(',', begin);
    fields.push_back(line.substr(begin, end == std::string::npos ? end : end - begin));
  }
  return fields;
}

std::vector<CsvRow> read_rows(const std::string& path) {
  std::ifstream lines(path);
  check(lines.is_open(), path, ": cannot be read, expected a text of lines file,label");
  std::vector<CsvRow> rows;
  std::string line;
  std::size_t columns = 0;
  for (long number = 1; std::getline(lines, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const std::vector<std::string> fields = csv_fields(line);
    if (columns == 0) columns = fields.size();
    check((columns == 2 || columns == 3) && fields.size() == columns && !fields[0].empty() &&
              !fields[1].empty(),
          path, ":", number, ": found '", line.substr(0, 80), "', expected ",
          columns == 3 ? "file,label,split" : "file,label");
    if (number == 1 && fields[0] == "file") continue;
    rows.push_back({fields[0], fields[1], columns == 3 ? fields[2] : ""});
  }
  check(!rows.empty(), path, ": found no picture, expected lines file,label");
  return rows;
}

PictureSplit split_named(const std::string& name, const std::string& path) {
  if (name == "train") return PictureSplit::train;
  if (name == "val" || name == "valid" || name == "validation") return PictureSplit::validation;
  check(name == "test", path, ": found split '", name, "', expected train, val or test");
  return PictureSplit::test;
}

ClassNames classes_of_rows(const ListingOptions& options, const std::vector<CsvRow>& rows) {
  if (!options.class_names.empty()) return ClassNames::read(options.class_names);
  std::vector<std::string> labels;
  for (const CsvRow& row : rows) labels.push_back(row.label);
  return ClassNames::of(std::move(labels));
}

}  // namespace

std::vector<std::string> list_csv_classes(const ListingOptions& options) {
  return classes_of_rows(options, read_rows(options.path)).names();
}

PictureListing list_csv(const ListingOptions& options) {
  const std::vector<CsvRow> rows = read_rows(options.path);
  const ClassNames classes = classes_of_rows(options, rows);
  PictureListing listing{.root = std::filesystem::path(options.path).parent_path().string(),
                         .class_names = classes.names()};
  for (const CsvRow& row : rows) {
    const int label = classes.find(row.label);
    check(label >= 0, options.path, ": found class '", row.label, "' of ", row.file, ", expected one of the ",
          classes.names().size(), " classes of ", options.class_names);
    const PictureSplit split = row.split.empty() ? PictureSplit::train : split_named(row.split, options.path);
    listing.of(split).push_back({row.file, label});
  }
  divide(options, listing);
  shuffle_train(options, listing);
  return listing;
}

}  // namespace nibble
