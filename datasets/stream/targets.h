#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/array.h"

namespace nibble {

/// An object in an image. Lengths are in pixels of the image, x to the right and y down from its upper left
/// corner, as COCO has them (Lin et al. 2014).
struct Box {
  int label = 0;       // class, from 0
  float x = 0, y = 0;  // upper left corner
  float w = 0, h = 0;  // extent
  bool crowd = false;  // a group whose members are not marked one by one
  bool operator==(const Box&) const = default;
};

/// The right answer for one sample: its class, or the boxes of the objects in it.
using Target = std::variant<int, std::vector<Box>>;

// The right answers for the N rows of a batch.

/// Classes of images.
struct ClassTargets {
  Array<int> labels;  // [N], from 0
};
/// Objects in images: for each of the N images a list of any length, which may be empty.
struct BoxTargets {
  std::vector<std::vector<Box>> boxes;
};
/// The next word after each word of a text.
struct WordTargets {
  Array<int> words;  // [N], tokens of the vocabulary
};
using Targets = std::variant<ClassTargets, BoxTargets, WordTargets>;

/// The targets of a batch from those of its samples, in order. An Error refuses classes and boxes in one
/// batch, and no samples.
Targets collect(std::vector<Target> samples);

/// [N]: the class or the word of each row, which cross-entropy asks for. An Error in the name of `who`
/// refuses boxes.
const Array<int>& categories(const Targets& targets, const std::string& who);

}  // namespace nibble
