#pragma once

#include <string>
#include <vector>

#include "datasets/coco/coco_file.h"
#include "datasets/images/image_set.h"

namespace nibble {

/// Photographs with boxes. Class i of a network is the i-th category in order of ids.
struct BoxSet {
  ImageSet images;  // targets are boxes in pixels of the photographs; the window shows whole pictures
  CocoSet test;     // what is in the test pictures, in their order
};

/// How pictures come to the network.
struct WholePictures {
  long image_size = 416;               // both sides of what the network reads
  Filling filling = Filling::stretch;  // or letterbox
  bool upright = false;                // turned as the camera noted
};

/// Where they are. All names may be relative to `path`.
struct CocoOptions {
  std::string path{};                                 // folder
  std::string train_annotations{}, train_pictures{};  // empty: there is no training split
  std::string test_annotations{}, test_pictures{};
  WholePictures shown{};
};

/// Every picture is looked at as inspect_picture_file does; an Error names the first that is missing or
/// damaged, or whose size is another than the annotations say. Crowds are no targets of training.
BoxSet read_coco_pictures(const std::string& name, const CocoOptions& options);

/// The same of a .data file of darknet and its lists (darknet_list.h).
BoxSet read_darknet_pictures(const std::string& name, const std::string& path, const WholePictures& options);

/// The number of classes: only annotations are read.
int coco_classes(const CocoOptions& options);

/// The first n test pictures, and what is in them.
void take_first_test(BoxSet& set, long n);

}  // namespace nibble
