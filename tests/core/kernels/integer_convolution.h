#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/array.h"
#include "core/kernels/conv/conv2d.h"
#include "core/random.h"

namespace nibble::kernels {

// Convolutions of random codes, and what they are by definition.

struct IntegerCase {
  const char* what;
  Shape image, weight;
  Conv2dGeometry geometry;
  int border = 0, top = 15, highest_weight = 7;
};

inline std::vector<std::int8_t> random_weights(const IntegerCase& c) {
  Rng rng(5);
  std::vector<std::int8_t> weights(static_cast<std::size_t>(c.weight.count()));
  for (auto& w : weights)
    w = static_cast<std::int8_t>(rng.uniform(0, 2.0F * static_cast<float>(c.highest_weight) + 1) -
                                 static_cast<float>(c.highest_weight));
  if (c.highest_weight == 8) std::replace(weights.begin(), weights.end(), std::int8_t{8}, std::int8_t{7});
  return weights;
}

inline Array<std::uint8_t> random_codes(const Shape& shape, int top) {
  Rng rng(6);
  auto codes = Array<std::uint8_t>::uninitialized(shape);
  for (auto& q : codes) q = static_cast<std::uint8_t>(rng.uniform(0, static_cast<float>(top) + 1));
  return codes;
}

// One sum at a time, straight from the definition.
inline std::int32_t sum_at(const IntegerCase& c, const std::vector<std::int8_t>& w, const std::uint8_t* x,
                           long oh, long ow, long o) {
  // In locals: test cases are compiled without inlining.
  const long depth = c.weight[3], group = o / (c.weight[0] / c.geometry.groups);
  const int border = c.border;
  const std::int8_t* const weights = w.data();
  std::int32_t sum = 0;
  for (long kh = 0; kh < c.weight[1]; ++kh) {
    for (long kw = 0; kw < c.weight[2]; ++kw) {
      const long h = oh * c.geometry.stride.h - c.geometry.padding.h + kh * c.geometry.dilation.h;
      const long v = ow * c.geometry.stride.w - c.geometry.padding.w + kw * c.geometry.dilation.w;
      const bool inside = h >= 0 && h < c.image[0] && v >= 0 && v < c.image[1];
      const std::uint8_t* const codes = x + (h * c.image[1] + v) * c.image[2] + group * depth;
      const std::int8_t* const taps = weights + ((o * c.weight[1] + kh) * c.weight[2] + kw) * depth;
      for (long i = 0; i < depth; ++i) sum += (inside ? codes[i] : border) * taps[i];
    }
  }
  return sum;
}

}  // namespace nibble::kernels
