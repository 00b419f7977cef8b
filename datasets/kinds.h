#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "datasets/coco/coco_pictures.h"
#include "datasets/images/image_set.h"
#include "datasets/pictures/picture_files.h"
#include "datasets/text/corpus.h"

namespace nibble {

/// The [dataset] section of a config, of images or of text.
struct DatasetOptions {
  std::string kind = "procedural";
  std::string path{};                // directory of the files, or one file of pictures
  bool verify = true;                // compare official checksums
  long train_samples = 0;            // the first n of the split, tokens of a text; 0: all
  long test_samples = 0;             // of a text's validation split, too
  double validation_share = 0;       // images: of the training split, 0 ≤ share < 1; 0: no validation split
  double test_share = 0;             // pictures: the same of all, where they have no test split
  std::vector<float> mean{}, std{};  // images: per channel, of pixel / 255; empty: ImageNet's (fill_in)
  std::uint64_t seed = 1;            // procedural and procedural_text; what shares take; order of pictures
  long image_size = 0;               // images: both sides; 0: usual_image_size
  long resize = -1;                  // pictures: Fitting::shorter_side; −1: 8/7 of image_size
  Interpolation interpolation = Interpolation::bilinear;  // where images are scaled
  long channels = 3;                                      // pictures: 3 or 1
  std::string labels = "val_labels.csv";                  // imagenet: of val/, below path
  std::string class_names{};                        // pictures: file with a class a line; empty: by folders
  DamagedPictures damaged = DamagedPictures::stop;  // pictures
  bool fast_decode = false;                         // pictures
  bool upright = false;                             // pictures: turned as the camera noted
  Filling filling = Filling::stretch;               // coco, darknet: stretch or letterbox
  // coco: annotations and folders of pictures, below path.
  std::string train_annotations = "annotations/instances_train2017.json", train_pictures = "train2017";
  std::string test_annotations = "annotations/instances_val2017.json", test_pictures = "val2017";
  long max_vocabulary = 0;  // texts: as CorpusOptions have them
  UnknownWords unknown_words = UnknownWords::refuse;
};

using Data = std::variant<ImageSet, BoxSet, Corpus>;

/// What a network has to know of its data.
struct DatasetOutline {
  Shape sample;     // [H, W, C], or [1] for a word
  int classes = 0;  // of a text: words of its vocabulary
};

/// A value of dataset.kind.
struct DatasetKind {
  std::string name;
  std::string description;  // one line for `nibble help`
  bool is_text = false;     // `open` gives a Corpus
  Data (*open)(const DatasetOptions&) =
      nullptr;  // everything in the files; open_data applies the other options
  DatasetOutline (*outline)(const DatasetOptions&) = nullptr;
  PictureListing (*list)(const DatasetOptions&) = nullptr;  // of pictures in files: which there are
  bool has_boxes = false;  // `open` gives a BoxSet, and the usual input is pixel / 255
};
const std::vector<DatasetKind>& dataset_kinds();
/// What `image_size` = 0 means: 32, 224 for pictures from files, and 416 for those with boxes.
long usual_image_size(const std::string& kind);
/// An Error names the kinds there are.
const DatasetKind& find_dataset_kind(const std::string& name);

}  // namespace nibble
