#include "datasets/images/resample_weights.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace nibble {
namespace {

// Products and sums are rounded one by one, as Pillow's are: a fused multiply-add could move a weight.
#define NIBBLE_UNFUSED [[gnu::noinline, gnu::optimize("fp-contract=off")]]

NIBBLE_UNFUSED double bilinear(double x) {
  x = std::abs(x);
  return x < 1 ? 1 - x : 0;
}

// Keys' kernel with a = −1/2.
NIBBLE_UNFUSED double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

std::int32_t fixed_point(double weight) {
  return static_cast<std::int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << kWeightBits));
}

}  // namespace

NIBBLE_UNFUSED ResampleWeights::ResampleWeights(long from, long to, long begin, long end,
                                                Interpolation interpolation)
    : begin_(begin) {
  assert(0 < from && 0 <= begin && begin < end && end <= to);
  const bool cubic = interpolation == Interpolation::bicubic;
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double widened = std::max(scale, 1.0), narrowing = 1.0 / widened;
  const double support = (cubic ? 2.0 : 1.0) * widened;
  width_ = static_cast<std::size_t>(std::ceil(support)) * 2 + 1;
  weights_.assign(static_cast<std::size_t>(end - begin) * width_, 0);
  std::vector<double> exact(width_);
  for (long i = begin; i < end; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const long low = std::max(static_cast<long>(center - support + 0.5), 0L);
    const long count = std::min(static_cast<long>(center + support + 0.5), from) - low;
    double sum = 0;
    for (long k = 0; k < count; ++k) {
      const double x = (static_cast<double>(k + low) - center + 0.5) * narrowing;
      const double weight = cubic ? bicubic(x) : bilinear(x);
      exact[static_cast<std::size_t>(k)] = weight;
      sum += weight;
    }
    std::int32_t* const weights = weights_.data() + index(i) * width_;
    for (long k = 0; k < count; ++k) {
      const double weight = exact[static_cast<std::size_t>(k)];
      weights[k] = fixed_point(sum != 0 ? weight / sum : weight);
    }
    first_.push_back(low);
    taps_.push_back(count);
  }
}

}  // namespace nibble
