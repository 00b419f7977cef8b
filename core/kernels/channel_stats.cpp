#include "core/kernels/channel_stats.h"

#include <vector>

#include "core/parallel.h"

namespace nibble::kernels {
namespace {

constexpr long kBlock = 64;  // rows whose sums stay in float
constexpr long kPieces = 16;

// Sums two values per element and channel over all rows: term(element of row m, channel c, first, second)
// adds to both. Partial sums: float over blocks of rows, double over a piece, pieces in order.
template <typename Term>
void sum_two(long rows, long channels, std::vector<double>& first, std::vector<double>& second, Term term) {
  const std::size_t count = static_cast<std::size_t>(channels);
  const std::vector<Range> pieces = cut(rows, kPieces);
  std::vector<std::vector<double>> partial(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    std::vector<double> total(2 * count);
    std::vector<Real> block(2 * count);
    const Range range = pieces[static_cast<std::size_t>(p)];
    for (long begin = range.begin; begin < range.end; begin += kBlock) {
      const long end = std::min(begin + kBlock, range.end);
      std::fill(block.begin(), block.end(), Real(0));
      Real* const a = block.data();
      Real* const b = a + channels;
      for (long m = begin; m < end; ++m) term(m * channels, a, b);
      for (std::size_t i = 0; i < 2 * count; ++i) total[i] += static_cast<double>(block[i]);
    }
    partial[static_cast<std::size_t>(p)] = std::move(total);
  });
  first.assign(count, 0);
  second.assign(count, 0);
  for (const auto& total : partial) {
    for (std::size_t c = 0; c < count; ++c) first[c] += total[c], second[c] += total[count + c];
  }
}

}  // namespace

ChannelMoments channel_moments(const Tensor& x) {
  const long channels = x.shape().back(), rows = x.size() / channels;
  // Sums of x − pivot, with the first row as pivot: no cancellation where the mean is large against the
  // deviation.
  const std::vector<Real> pivot(x.data(), x.data() + channels);
  std::vector<double> sum, square;
  sum_two(rows, channels, sum, square, [&, px = x.data(), pp = pivot.data()](long row, Real* a, Real* b) {
    const Real* const from = px + row;
    for (long c = 0; c < channels; ++c) {
      const Real d = from[c] - pp[c];
      a[c] += d;
      b[c] += d * d;
    }
  });
  ChannelMoments moments{Tensor({channels}), Tensor({channels})};
  for (long c = 0; c < channels; ++c) {
    const double mean = sum[static_cast<std::size_t>(c)] / static_cast<double>(rows);
    const double variance = square[static_cast<std::size_t>(c)] / static_cast<double>(rows) - mean * mean;
    moments.mean[c] = static_cast<Real>(static_cast<double>(pivot[static_cast<std::size_t>(c)]) + mean);
    moments.variance[c] = static_cast<Real>(std::max(variance, 0.0));
  }
  return moments;
}

Tensor scale_channels(const Tensor& x, const Tensor& gain, const Tensor& offset) {
  const long channels = x.shape().back();
  Tensor y = Tensor::uninitialized(x.shape());
  parallel_chunks(x.size() / channels, kElementGrain / channels + 1, [&](Range range) {
    const Real *g = gain.data(), *o = offset.data();
    for (long m = range.begin; m < range.end; ++m) {
      const Real* const px = x.data() + m * channels;
      Real* const py = y.data() + m * channels;
      for (long c = 0; c < channels; ++c) py[c] = px[c] * g[c] + o[c];
    }
  });
  return y;
}

ChannelSums channel_sums(const Tensor& dy, const Tensor& x, const Tensor& mean) {
  const long channels = x.shape().back(), rows = x.size() / channels;
  std::vector<double> sum, centered;
  sum_two(rows, channels, sum, centered,
          [&, pd = dy.data(), px = x.data(), pm = mean.data()](long row, Real* a, Real* b) {
            const Real *const d = pd + row, *const v = px + row;
            for (long c = 0; c < channels; ++c) {
              a[c] += d[c];
              b[c] += d[c] * (v[c] - pm[c]);
            }
          });
  ChannelSums sums{Tensor({channels}), Tensor({channels})};
  for (long c = 0; c < channels; ++c) {
    sums.dy[c] = static_cast<Real>(sum[static_cast<std::size_t>(c)]);
    sums.dy_centered[c] = static_cast<Real>(centered[static_cast<std::size_t>(c)]);
  }
  return sums;
}

Tensor combine_channels(const Tensor& dy, const Tensor& a, const Tensor& x, const Tensor& b,
                        const Tensor& d) {
  const long channels = x.shape().back();
  Tensor dx = Tensor::uninitialized(x.shape());
  parallel_chunks(x.size() / channels, kElementGrain / channels + 1, [&](Range range) {
    const Real *pa = a.data(), *pb = b.data(), *pd = d.data();
    for (long m = range.begin; m < range.end; ++m) {
      const Real *const g = dy.data() + m * channels, *const v = x.data() + m * channels;
      Real* const into = dx.data() + m * channels;
      for (long c = 0; c < channels; ++c) into[c] = pa[c] * g[c] + pb[c] * v[c] + pd[c];
    }
  });
  return dx;
}

}  // namespace nibble::kernels
