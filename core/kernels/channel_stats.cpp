#include "core/kernels/channel_stats.h"

#include <vector>

#include "core/parallel.h"

namespace nibble::kernels {
namespace {

constexpr long kBlock = 64;  // rows whose sums stay in float
constexpr long kPieces = 16;

// Adds Σ over rows begin ≤ m < end of term(m · channels + c, c) → {first, second} to first[c], second[c] for
// Width channels from c0 on. With Width known to the compiler the sums stay in registers.
template <long Width, typename Term>
void add_block(Range rows, long channels, long c0, double* first, double* second, const Term& term) {
  Real a[Width] = {}, b[Width] = {};
  for (long m = rows.begin; m < rows.end; ++m) {
    for (long j = 0; j < Width; ++j) {
      const auto [u, v] = term(m * channels + c0 + j, c0 + j);
      a[j] += u;
      b[j] += v;
    }
  }
  for (long j = 0; j < Width; ++j) {
    first[c0 + j] += static_cast<double>(a[j]);
    second[c0 + j] += static_cast<double>(b[j]);
  }
}

// Sums of two values per element over all rows. Partial sums: float over blocks of rows, double over a piece,
// pieces in order.
template <typename Term>
void sum_two(long rows, long channels, std::vector<double>& first, std::vector<double>& second,
             const Term& term) {
  const std::size_t count = static_cast<std::size_t>(channels);
  const std::vector<Range> pieces = cut(rows, kPieces);
  std::vector<std::vector<double>> partial(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    std::vector<double> total(2 * count);
    double *const a = total.data(), *const b = a + channels;
    const Range piece = pieces[static_cast<std::size_t>(p)];
    for (long begin = piece.begin; begin < piece.end; begin += kBlock) {
      const Range block{begin, std::min(begin + kBlock, piece.end)};
      long c = 0;
      for (; c + 16 <= channels; c += 16) add_block<16>(block, channels, c, a, b, term);
      for (; c + 4 <= channels; c += 4) add_block<4>(block, channels, c, a, b, term);
      for (; c < channels; ++c) add_block<1>(block, channels, c, a, b, term);
    }
    partial[static_cast<std::size_t>(p)] = std::move(total);
  });
  first.assign(count, 0);
  second.assign(count, 0);
  for (const auto& total : partial) {
    for (std::size_t c = 0; c < count; ++c) first[c] += total[c], second[c] += total[count + c];
  }
}

struct Pair {
  Real first, second;
};

}  // namespace

ChannelMoments channel_moments(const Tensor& x) {
  const long channels = x.shape().back(), rows = x.size() / channels;
  // Sums of x − pivot, with the first row as pivot: no cancellation where the mean is large against the
  // deviation.
  const std::vector<Real> pivot(x.data(), x.data() + channels);
  std::vector<double> sum, square;
  sum_two(rows, channels, sum, square, [px = x.data(), pp = pivot.data()](long i, long c) {
    const Real d = px[i] - pp[c];
    return Pair{d, d * d};
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
  sum_two(rows, channels, sum, centered, [pd = dy.data(), px = x.data(), pm = mean.data()](long i, long c) {
    return Pair{pd[i], pd[i] * (px[i] - pm[c])};
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
