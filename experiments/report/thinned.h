#pragma once

#include <cstddef>
#include <vector>

namespace nibble::report {

/// A curve in few numbers. Where it has more than `parts` values, it is cut into so many parts of nearly
/// equal length, and every part has its mean, its lowest and its highest value.
struct ThinnedSeries {
  std::vector<double> mean;       // [parts]; NaN: nothing finite in the part
  std::vector<double> low, high;  // [parts], or empty where every value has a part of its own
  long infinite = 0;              // values that are infinite: none of the three has them in it
};
/// `parts` is at least 1. NaN stands for "not measured" and is passed over.
ThinnedSeries thinned(const std::vector<double>& values, std::size_t parts);

/// The means of the same parts, of numbers of steps or epochs.
std::vector<double> thinned_axis(const std::vector<long>& values, std::size_t parts);

/// The first value of part `part`; that of part number `parts` is `size`.
inline std::size_t part_begin(std::size_t part, std::size_t parts, std::size_t size) {
  return part * size / parts;
}

}  // namespace nibble::report
