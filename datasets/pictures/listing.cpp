#include "datasets/pictures/listing.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

#include "core/check.h"
#include "datasets/pictures/class_names.h"
#include "datasets/pictures/listing_parts.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

// What a folder holds, in order of the names, hidden entries left out.
std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
  std::error_code reason;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator at(folder, reason), end; !reason && at != end; at.increment(reason))
    if (!hidden(at->path())) entries.push_back(*at);
  check(!reason, folder.string(), ": cannot be read (", reason.message(), "), expected a folder of pictures");
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : entries_of(folder))
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  return names;
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// All files below a folder, at any depth.
void add_files(const fs::path& root, const fs::path& below, int label, std::vector<ListedPicture>& pictures) {
  for (const fs::directory_entry& entry : entries_of(root / below)) {
    const fs::path name = below / entry.path().filename();
    if (entry.is_directory()) {
      add_files(root, name, label, pictures);
    } else {
      pictures.push_back({name.string(), label});
    }
  }
}

// The folders of a split are classes; a file beside them belongs to none.
std::vector<ListedPicture> pictures_of(const fs::path& root, const fs::path& split,
                                       const ClassNames& classes) {
  std::vector<ListedPicture> pictures;
  for (const fs::directory_entry& entry : entries_of(root / split)) {
    const std::string name = entry.path().filename().string(), where = entry.path().string();
    check(entry.is_directory(), where, ": found a file, expected only folders there, one a class");
    const int label = classes.find(name);
    check(label >= 0, where, ": found folder '", name, "', expected one of the ", classes.names().size(),
          " classes");
    add_files(root, split / name, label, pictures);
  }
  check(!pictures.empty(), (root / split).string(),
        ": found no picture, expected folders of them, one a class");
  return pictures;
}

std::optional<fs::path> first_folder(const fs::path& root, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (is_folder(root / name)) return name;
  return {};
}

std::optional<fs::path> validation_folder(const fs::path& root) {
  return first_folder(root, {"val", "valid", "validation"});
}

// Whether the folders are splits. Without train/ a file of class names has to say that test/ and val/ are no
// classes.
bool has_splits(const ListingOptions& options) {
  const fs::path root = options.path;
  if (is_folder(root / "train")) return true;
  return !options.class_names.empty() && (is_folder(root / "test") || validation_folder(root));
}

ClassNames classes_in(const ListingOptions& options, const fs::path& folder) {
  if (!options.class_names.empty()) return ClassNames::read(options.class_names);
  std::vector<std::string> folders = folders_in(folder);
  check(!folders.empty(), folder.string(), ": found no folder, expected one of pictures for each class");
  // Folders named by numbers are classes by name, too: "10" comes before "9", as everywhere.
  return ClassNames::of(std::move(folders));
}

ClassNames classes_of(const ListingOptions& options) {
  const fs::path root = options.path;
  return classes_in(options, is_folder(root / "train") ? root / "train" : root);
}

ClassNames classes_of_imagenet(const ListingOptions& options) {
  const fs::path root = options.path;
  return classes_in(options, is_folder(root / "train") ? root / "train" : root / "val");
}

std::vector<ListedPicture> flat_pictures(const fs::path& root, const fs::path& labels,
                                         const ClassNames& classes) {
  std::ifstream lines(labels);
  check(lines.is_open(), labels.string(), ": cannot be read, expected the labels of ",
        (root / "val").string(), " (dataset.labels): lines of a file name and a synset or number");
  std::vector<ListedPicture> pictures;
  std::string line;
  for (long number = 1; std::getline(lines, line); ++number) {
    if (line.ends_with('\r')) line.pop_back();
    const std::size_t split = line.find_first_of(", \t");
    if (line.empty() || (number == 1 && line.starts_with("file,"))) continue;
    const std::string name = split == std::string::npos ? "" : line.substr(split + 1);
    const int label = name.empty() ? -1 : classes.find(name);
    check(label >= 0, labels.string(), ":", number, ": found '", line,
          "', expected a file name and one of the ", classes.names().size(), " classes");
    pictures.push_back({"val/" + line.substr(0, split), label});
  }
  check(!pictures.empty(), labels.string(), ": found no label, expected a line for each picture");
  return pictures;
}

}  // namespace

std::vector<std::string> list_folder_classes(const ListingOptions& options) {
  return classes_of(options).names();
}

std::vector<std::string> list_imagenet_classes(const ListingOptions& options) {
  return classes_of_imagenet(options).names();
}

PictureListing list_folder(const ListingOptions& options) {
  const fs::path root = options.path;
  const ClassNames classes = classes_of(options);
  PictureListing listing{.root = options.path, .class_names = classes.names()};
  if (has_splits(options)) {
    const auto validation = validation_folder(root), test = first_folder(root, {"test"});
    if (is_folder(root / "train")) listing.train = pictures_of(root, "train", classes);
    if (validation) listing.validation = pictures_of(root, *validation, classes);
    if (test) listing.test = pictures_of(root, *test, classes);
  } else {
    listing.train = pictures_of(root, "", classes);
  }
  divide(options, listing);
  shuffle_all(options, listing);
  return listing;
}

PictureListing list_imagenet(const ListingOptions& options) {
  const fs::path root = options.path;
  const ClassNames classes = classes_of_imagenet(options);
  PictureListing listing{.root = options.path, .class_names = classes.names()};
  if (is_folder(root / "train")) listing.train = pictures_of(root, "train", classes);
  listing.test = folders_in(root / "val").empty() ? flat_pictures(root, root / options.labels, classes)
                                                  : pictures_of(root, "val", classes);
  divide(options, listing);
  shuffle_all(options, listing);
  return listing;
}

}  // namespace nibble
