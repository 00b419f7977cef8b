#pragma once

namespace nibble {

/// A rectangle of an image, in its pixels: x to the right and y down from the upper left corner.
struct Extent {
  double x = 0, y = 0;  // upper left corner
  double w = 0, h = 0;
  bool operator==(const Extent&) const = default;
};

}  // namespace nibble
