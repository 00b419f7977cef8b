#pragma once

#include <array>
#include <map>
#include <vector>

#include "datasets/coco/coco_file.h"

namespace nibble {

/// 0.5, 0.55, ..., 0.95, at which COCO asks whether a detection is right.
inline constexpr std::size_t kOverlaps = 10;
/// COCO counts so many detections of a class in an image at most, the best ones.
inline constexpr std::size_t kMostFound = 100;

/// Objects whose area, in pixels, lies outside are neither right nor wrong.
struct AreaRange {
  double lowest = 0, highest = 1e5 * 1e5;
  bool holds(double area) const { return lowest <= area && area <= highest; }
};

/// What one detection is at an overlap.
enum class Verdict : char { wrong, right, ignored };

struct MatchedBox {
  double score = 0;
  std::size_t image = 0;  // its place in CocoSet::images
  std::size_t rank = 0;   // among those of its image, from the best
  std::array<Verdict, kOverlaps> verdicts{};
};

/// One class over all images.
struct ClassMatches {
  long category = 0;              // its id
  std::vector<MatchedBox> found;  // from image to image
  std::vector<long> objects;      // of each image; only those that count

  long object_count() const;
};

/// What is there and what was found of one class.
struct ClassBoxes {
  struct InImage {
    std::vector<const CocoObject*> objects;
    std::vector<const CocoResult*> found;  // best first, at most kMostFound
  };
  long category = 0;                      // its id
  std::map<std::size_t, InImage> images;  // by place in CocoSet::images
};

/// In order of ids. Refers to both. Throws Error for a result whose image is not in the set; those of unknown
/// categories are passed over, as cocoeval does.
std::vector<ClassBoxes> boxes_by_class(const CocoSet& set, const std::vector<CocoResult>& results);

/// Gives each detection, best first, the object that it overlaps most: evaluateImg of cocoeval.py
/// (cocodataset/cocoapi).
ClassMatches match_boxes(const ClassBoxes& boxes, std::size_t images, const AreaRange& range);

}  // namespace nibble
