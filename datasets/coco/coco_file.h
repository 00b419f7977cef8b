#pragma once

#include <string>
#include <vector>

#include "datasets/coco/extent.h"

namespace nibble {

// The JSON of COCO (cocodataset.org, "Data format" and "Results format").

struct CocoImage {
  long id = 0;
  std::string file;
  long width = 0, height = 0;
};
struct CocoCategory {
  long id = 0;
  std::string name;
};
/// An object that is there.
struct CocoObject {
  long image = 0, category = 0;  // their ids
  Extent extent;
  double area = 0;     // of the object's outline, which is smaller than its rectangle
  bool crowd = false;  // a group whose members are not marked one by one
};
struct CocoSet {
  std::vector<CocoImage> images;         // in order of their ids
  std::vector<CocoCategory> categories;  // likewise
  std::vector<CocoObject> objects;       // as they stand in the file

  /// Throws Error for an id that is not there.
  const CocoCategory& category(long id) const;
};

/// An object that was found, under the ids of a CocoSet.
struct CocoResult {
  long image = 0, category = 0;
  double score = 0;
  Extent extent;
};

/// Reads annotations, element by element: outlines are passed over, so that a file of 450 MB needs little
/// memory. Throws Error naming the file, and the element, for text that is no JSON, for fields that are
/// missing or of another type, ids that stand twice or nowhere, numbers that are not finite, extents below
/// zero, and rectangles that leave their image by more than a pixel.
CocoSet read_coco(const std::string& path);

std::vector<CocoResult> read_coco_results(const std::string& path);
/// Atomically. Numbers stand with as many digits as it takes to read them back unchanged.
void write_coco_results(const std::string& path, const std::vector<CocoResult>& results);

}  // namespace nibble
