#include "experiments/results/csv.h"

#include "core/check.h"

namespace nibble {
namespace {

// A field with a comma, quote or line break is quoted, and its quotes are doubled.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// Reads a text from its beginning to its end, row by row.
class CsvReader {
 public:
  CsvReader(const std::string& text, const std::string& path) : text_(text), path_(path) {}

  bool done() const { return at_ == text_.size(); }
  long line() const { return line_; }
  std::vector<std::string> row() {
    std::vector<std::string> fields{field()};
    while (!done() && text_[at_] == ',') ++at_, fields.push_back(field());
    if (!done() && text_[at_] == '\r') ++at_;
    check(done() || text_[at_] == '\n', path_, ":", line_, ": found text behind a closing quote, expected ",
          "a comma or the end of the line");
    if (!done()) ++at_, ++line_;
    return fields;
  }

 private:
  std::string field() {
    if (!done() && text_[at_] == '"') return quoted_field();
    std::size_t end = text_.find_first_of(",\n", at_);
    if (end == std::string::npos) end = text_.size();
    std::string found = text_.substr(at_, end - at_);
    at_ = end;
    const bool ends_line = at_ == text_.size() || text_[at_] == '\n';
    if (ends_line && found.ends_with('\r')) found.pop_back();
    return found;
  }
  std::string quoted_field() {
    const long begin = line_;
    std::string found;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] == '"') {
        ++at_;
        if (done() || text_[at_] != '"') return found;
      }
      found += text_[at_];
    }
    fail(path_, ":", begin, ": found a quote that does not close, expected another one");
  }

  const std::string &text_, &path_;
  std::size_t at_ = 0;
  long line_ = 1;
};

}  // namespace

std::string to_csv(const Table& table) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i ? "," : "") + csv_field(row[i]);
    text += "\n";
  };
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns) names.push_back(column.name);
  add(names);
  for (const auto& row : table.rows) add(row);
  return text;
}

Table parse_csv(const std::string& text, const std::string& path) {
  check(!text.empty(), path, ": found an empty file, expected a line with the names of columns");
  CsvReader reader(text, path);
  Table table;
  for (const std::string& name : reader.row()) table.columns.push_back({name});
  while (!reader.done()) {
    const long line = reader.line();
    table.rows.push_back(reader.row());
    check(table.rows.back().size() == table.columns.size(), path, ":", line, ": found ",
          table.rows.back().size(), " fields, expected ", table.columns.size(), " as in the first line");
  }
  return table;
}

}  // namespace nibble
