#include "edge/lower/box_tables.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"

namespace nibble::edge {

namespace {

constexpr double kOne = 65536;

// ⌊v · 2¹⁶ + ½⌋, limited.
template <typename Integer>
Integer sixteenth_bits(double v, double lowest, double highest) {
  return static_cast<Integer>(std::clamp(std::floor(v * kOne + 0.5), lowest, highest));
}

std::uint32_t half_anchor(double side, const std::string& output) {
  const double half = std::floor(side / 2 * kOne + 0.5);
  check(1 <= half && half < kLargestAnchor, "lower: boxes of '", output, "': found an anchor of ", side,
        " pixels, expected 1/32768 to below 65536");
  return static_cast<std::uint32_t>(half);
}

std::uint32_t cell_side(long pixels, long cells) {
  return static_cast<std::uint32_t>((pixels * (1L << 17) / cells + 1) / 2);
}

}  // namespace

BoxHead box_head(const IntegerTensor& output, const Shape& picture, const RealBoxHead& head) {
  check(output.shape.rank() == 3 && picture.rank() == 3, "lower: boxes of '", output.name,
        "': found an output of ", output.shape, " for an input of ", picture, ", expected images");
  BoxHead result;
  result.classes = head.classes;
  result.cell = {cell_side(picture[1], output.shape[1]), cell_side(picture[0], output.shape[0])};
  for (const RealBoxHead::Anchor& anchor : head.anchors)
    result.anchors.push_back(
        {half_anchor(anchor.width, output.name), half_anchor(anchor.height, output.name)});
  const double s = head.scale_x_y;
  for (int q = 0; q <= output.top; ++q) {
    const double t = output.scale * q + output.shift;
    const double share = head.new_coords ? t : 1 / (1 + std::exp(-t));
    const double side = head.new_coords ? 4 * t * t : std::exp(t);
    result.probability.push_back(sixteenth_bits<std::uint16_t>(share, 0, kMostProbable));
    result.place.push_back(sixteenth_bits<std::int32_t>(s * share - (s - 1) / 2, -kMostCells, kMostCells));
    result.extent.push_back(
        sixteenth_bits<std::uint32_t>(side, 0, std::numeric_limits<std::uint32_t>::max()));
  }
  return result;
}

std::uint32_t score_of(double share) {
  return static_cast<std::uint32_t>(std::clamp(std::floor(share * kOne * kOne), 0.0, kOne * kOne - 1));
}

std::uint32_t overlap_of(double share) { return sixteenth_bits<std::uint32_t>(share, 0, kOne); }

}  // namespace nibble::edge
