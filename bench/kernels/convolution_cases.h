#pragma once

#include <string>
#include <type_traits>
#include <vector>

#include "bench/kernels/benches.h"
#include "core/kernels/conv/conv2d.h"
#include "core/random.h"

namespace nibble::bench {

/// One convolution of a net, with a batch in its shapes.
struct ConvolutionCase {
  std::string name;
  Shape x, w, y;
  kernels::Conv2dGeometry geometry;

  double products() const { return static_cast<double>(y.count() / y.back() * w.count()); }
  bool depthwise() const;
  /// The bytes of values, and of codes.
  static double real(const Shape& shape) { return static_cast<double>(shape.count()) * sizeof(Real); }
  static double code(const Shape& shape) { return static_cast<double>(shape.count()); }
};

/// The convolutions of a net that differ in what they compute.
std::vector<ConvolutionCase> convolution_cases(const NetShapes& net, long batch);

/// Codes low ... low + levels - 1, from a fixed seed.
template <typename Codes>
Codes random_codes(const Shape& shape, int low, int levels) {
  Rng rng(2);
  Codes codes = Codes::uninitialized(shape);
  for (auto& code : codes)
    code = static_cast<std::decay_t<decltype(code)>>(
        low + static_cast<int>(rng.below(static_cast<std::uint64_t>(levels))));
  return codes;
}

}  // namespace nibble::bench
