#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nibble {

/// A picture of a data set, and its class.
struct ListedPicture {
  std::string file;  // below the listing's root
  int label = 0;
  long bytes = 0;  // its length; 0 until it was looked at
};

enum class PictureSplit { train, validation, test };
inline constexpr PictureSplit kPictureSplits[] = {PictureSplit::train, PictureSplit::validation,
                                                  PictureSplit::test};

/// The pictures of a data set, by name; none of them was opened.
struct PictureListing {
  std::string root;                      // the folder that file names begin in
  std::vector<std::string> class_names;  // label i is class_names[i]
  std::vector<ListedPicture> train{}, validation{}, test{};

  std::vector<ListedPicture>& of(PictureSplit split);
  const std::vector<ListedPicture>& of(PictureSplit split) const;
};

struct ListingOptions {
  std::string path{};
  std::string class_names{};  // a file with a class a line, by synset or by the folder's name; or empty
  std::string labels{};       // imagenet: the labels of val/; below path
  double test_share = 0;      // of all pictures, where nothing says which are for the test
  std::uint64_t seed = 1;     // of that draw, and of the order of the training pictures
};

// Training pictures come in an order drawn by the seed, because the first of them calibrate quantizers; those
// of folders do in all splits, so that the first n are a fair choice. Where there is a validation split and
// no test split, the one serves as the other, as with the data sets that have two splits.

// A training split may be missing: who judges a network needs none.

/// A folder: train/CLASS/..., and test/CLASS/..., val/CLASS/... or both; or CLASS/... alone; or, with a file
/// of class names, test/ and val/ without train/. Classes are the folders, in order of their names or as in
/// the file of class names. Every file below a class's folder counts, at any depth, but those whose names
/// begin with a point.
PictureListing list_folder(const ListingOptions& options);

/// ImageNet: train/SYNSET/..., and val/ either the same or without folders, whose labels then stand in
/// options.labels: lines of a file name and its class, a synset or a number from 0, parted by a comma or a
/// blank. val/ is the test split, for nobody has labels of the official one.
PictureListing list_imagenet(const ListingOptions& options);

/// A text with a picture a line: file,label or file,label,split with train, val or test. Files are named from
/// the text's folder. A first line that begins with "file," names the columns. Labels are numbers from 0, or
/// names, whose order is that of the file of class names, else of the alphabet.
PictureListing list_csv(const ListingOptions& options);

/// The names of the classes alone: no folder of a class is read.
std::vector<std::string> list_folder_classes(const ListingOptions& options);
std::vector<std::string> list_imagenet_classes(const ListingOptions& options);
std::vector<std::string> list_csv_classes(const ListingOptions& options);

}  // namespace nibble
