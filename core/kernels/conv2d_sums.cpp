#include "core/kernels/conv2d_sums.h"

#include <algorithm>
#include <limits>
#include <mutex>

#include "core/kernels/elementwise.h"
#include "core/kernels/integer_conv2d.h"

namespace nibble::kernels {
namespace {

constexpr int kLow = 15;  // bits of a square that are added apart from the others

// Σ and Σ² of each channel's sums, exact.
class Powers {
 public:
  explicit Powers(long channels) : sum_(size_t(channels)), square_(size_t(channels)) {}

  /// Adds the sums of one block, and writes them to `into`, rows `pitch` apart.
  void add(const IntegerSums& block, std::int16_t* into, long pitch) {
    const long channels = block.channels.size();
    std::vector<std::int32_t> memory(static_cast<std::size_t>(3 * channels));
    std::int32_t *const sum = memory.data(), *const low = sum + channels, *const high = low + channels;
    const std::int32_t* from = block.data;
    for (long m = 0; m < block.pixels.size(); ++m, from += channels, into += pitch)
      add_row(from, channels, into, sum, low, high);
    const std::lock_guard lock(mutex_);
    for (long c = 0; c < channels; ++c) {
      const auto at = static_cast<std::size_t>(block.channels.begin + c);
      sum_[at] += sum[c];
      square_[at] += (static_cast<std::int64_t>(high[c]) << kLow) + low[c];
    }
  }

  ChannelMoments moments(double rows, const Tensor& gain, const Tensor& offset) const {
    ChannelMoments result{Tensor(gain.shape()), Tensor(gain.shape())};
    for (long c = 0; c < gain.size(); ++c) {
      const auto at = static_cast<std::size_t>(c);
      const double mean = static_cast<double>(sum_[at]) / rows, g = static_cast<double>(gain[c]);
      const double variance = static_cast<double>(square_[at]) / rows - mean * mean;
      result.mean[c] = static_cast<Real>(g * mean + static_cast<double>(offset[c]));
      result.variance[c] = static_cast<Real>(g * g * std::max(variance, 0.0));
    }
    return result;
  }

 private:
  // Blocks are so short that nothing here leaves int32.
  static void add_row(const std::int32_t* __restrict from, long channels, std::int16_t* __restrict into,
                      std::int32_t* __restrict sum, std::int32_t* __restrict low,
                      std::int32_t* __restrict high) {
    for (long c = 0; c < channels; ++c) {
      const std::int32_t s = from[c], square = s * s;
      into[c] = static_cast<std::int16_t>(s);
      sum[c] += s;
      low[c] += square & ((1 << kLow) - 1);
      high[c] += square >> kLow;
    }
  }

  std::vector<std::int64_t> sum_, square_;
  std::mutex mutex_;
};

}  // namespace

bool sums_fit(const CodeImage& x, const CodeWeight& w) {
  const long row = w.codes.shape().row();
  for (long o = 0; o < w.codes.shape()[0]; ++o) {
    long positive = 0, negative = 0;
    for (long i = o * row; i < (o + 1) * row; ++i) {
      const long code = w.codes.data()[i];
      (code > 0 ? positive : negative) += code;
    }
    if (std::max(positive, -negative) * x.top > std::numeric_limits<std::int16_t>::max()) return false;
  }
  return true;
}

Conv2dSums conv2d_sums(const CodeImage& x, const CodeWeight& w, const Conv2dGeometry& geometry,
                       bool want_moments) {
  const Shape& image = x.codes.shape();
  const IntegerConv2d product({{image[1], image[2], image[3]}, w.codes.shape(), geometry, x.border, x.top},
                              {w.codes.begin(), w.codes.end()});
  const Shape& out = product.output();
  Conv2dSums result;
  result.y.sums = Array<std::int16_t>::uninitialized({image[0], out[0], out[1], out[2]});
  result.y.gain = scaled(w.scale, x.scale);
  result.y.offset = scaled(channel_sums(w), x.shift);
  Powers powers(out[2]);
  product.run(x.codes, [&](const IntegerSums& block) {
    powers.add(block, result.y.sums.data() + block.pixels.begin * out[2] + block.channels.begin, out[2]);
  });
  if (want_moments) {
    const double rows = static_cast<double>(result.y.sums.size() / out[2]);
    result.moments = powers.moments(rows, result.y.gain, result.y.offset);
  }
  return result;
}

}  // namespace nibble::kernels
