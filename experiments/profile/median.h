#pragma once

#include <algorithm>
#include <cassert>
#include <vector>

namespace nibble {

/// The middle one of at least one value; of two middle ones the larger.
inline double median(std::vector<double> values) {
  assert(!values.empty());
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace nibble
