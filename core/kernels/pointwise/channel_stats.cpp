#include "core/kernels/pointwise/channel_stats.h"

#include <vector>

#include "core/parallel.h"

namespace nibble::kernels {
namespace {

constexpr long kFloatRows = 64;  // rows whose sums stay in float
constexpr long kPieces = 16;

struct Pair {
  Real first, second;
};

// Adds the sums of term(m · channels + c, c) → {first, second} over rows begin ≤ m < end to first[c] and
// second[c], for Width channels from c0 on. Width is a compile-time constant, so the sums stay in registers.
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

// The same for all channels of some rows.
template <typename Term>
void add_rows(Range rows, long channels, double* first, double* second, const Term& term) {
  for (long begin = rows.begin; begin < rows.end; begin += kFloatRows) {
    const Range block{begin, std::min(begin + kFloatRows, rows.end)};
    long c = 0;
    // Many sums at a time; otherwise each addition would wait for the one before.
    for (; c + 64 <= channels; c += 64) add_block<64>(block, channels, c, first, second, term);
    for (; c + 32 <= channels; c += 32) add_block<32>(block, channels, c, first, second, term);
    for (; c + 16 <= channels; c += 16) add_block<16>(block, channels, c, first, second, term);
    for (; c + 4 <= channels; c += 4) add_block<4>(block, channels, c, first, second, term);
    for (; c < channels; ++c) add_block<1>(block, channels, c, first, second, term);
  }
}

// Sums of two values per element over all rows. Partial sums are float within a block of rows and double
// within a piece; the pieces are added in order.
template <typename Term>
void sum_two(long rows, long channels, std::vector<double>& first, std::vector<double>& second,
             const Term& term) {
  const std::size_t count = static_cast<std::size_t>(channels);
  const std::vector<Range> pieces = cut(rows, kPieces);
  std::vector<std::vector<double>> partial(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    std::vector<double> total(2 * count);
    add_rows(pieces[static_cast<std::size_t>(p)], channels, total.data(), total.data() + channels, term);
    partial[static_cast<std::size_t>(p)] = std::move(total);
  });
  first.assign(count, 0);
  second.assign(count, 0);
  for (const auto& total : partial) {
    for (std::size_t c = 0; c < count; ++c) first[c] += total[c], second[c] += total[count + c];
  }
}

}  // namespace

// Sums of x − pivot, where the pivot is the first row. So nothing cancels if the mean is much larger than the
// deviation.
void MomentSums::add(const Real* rows, long n) {
  if (rows_ == 0) {
    pivot_.assign(rows, rows + channels_);
    sum_.assign(pivot_.size(), 0);
    square_.assign(pivot_.size(), 0);
  }
  rows_ += n;
  add_rows({0, n}, channels_, sum_.data(), square_.data(), [rows, pivot = pivot_.data()](long i, long c) {
    const Real d = rows[i] - pivot[c];
    return Pair{d, d * d};
  });
}

PartialMoments MomentSums::moments() const {
  PartialMoments result{rows_, sum_, square_};
  const double rows = static_cast<double>(rows_);
  for (std::size_t c = 0; c < pivot_.size(); ++c) {
    result.squares[c] = std::max(square_[c] - sum_[c] * sum_[c] / rows, 0.0);
    result.mean[c] = static_cast<double>(pivot_[c]) + sum_[c] / rows;
  }
  return result;
}

PartialMoments partial_moments(const Tensor& x) {
  const long channels = x.shape().back();
  MomentSums sums(channels);
  sums.add(x.data(), x.size() / channels);
  return sums.moments();
}

// Chan, Golub and LeVeque 1983: Σ² of a union = Σ²ₐ + Σ²ᵦ + (mᵦ − mₐ)² · nₐ nᵦ / (nₐ + nᵦ)
ChannelMoments merge(const std::vector<PartialMoments>& parts) {
  PartialMoments all = parts.front();
  for (std::size_t p = 1; p < parts.size(); ++p) {
    const PartialMoments& part = parts[p];
    const double a = static_cast<double>(all.rows), b = static_cast<double>(part.rows);
    for (std::size_t c = 0; c < all.mean.size(); ++c) {
      const double apart = part.mean[c] - all.mean[c];
      all.mean[c] += apart * b / (a + b);
      all.squares[c] += part.squares[c] + apart * apart * a * b / (a + b);
    }
    all.rows += part.rows;
  }
  const long channels = static_cast<long>(all.mean.size());
  ChannelMoments moments{Tensor({channels}), Tensor({channels})};
  for (long c = 0; c < channels; ++c) {
    const std::size_t at = static_cast<std::size_t>(c);
    moments.mean[c] = static_cast<Real>(all.mean[at]);
    moments.variance[c] = static_cast<Real>(all.squares[at] / static_cast<double>(all.rows));
  }
  return moments;
}

namespace {

std::vector<double> side_by_side(const Tensor& a, const Tensor& b) {
  std::vector<double> both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  return both;
}

std::pair<Tensor, Tensor> apart(const std::vector<double>& both) {
  const long n = static_cast<long>(both.size()) / 2;
  std::pair<Tensor, Tensor> result{Tensor::uninitialized({n}), Tensor::uninitialized({n})};
  for (long i = 0; i < n; ++i) {
    result.first[i] = static_cast<Real>(both[static_cast<std::size_t>(i)]);
    result.second[i] = static_cast<Real>(both[static_cast<std::size_t>(n + i)]);
  }
  return result;
}

}  // namespace

// As above, for two sets of equally many rows: means and variances in place of means and Σ².
ChannelMoments merge(const ChannelMoments& part, BatchParts& parts) {
  std::vector<double> all = side_by_side(part.mean, part.variance);
  parts.reduce(all, [](std::span<double> lower, std::span<const double> higher, long) {
    const std::size_t channels = lower.size() / 2;
    for (std::size_t c = 0; c < channels; ++c) {
      const double half = (higher[c] - lower[c]) / 2;
      lower[c] += half;
      double& variance = lower[channels + c];
      variance = (variance + higher[channels + c]) / 2 + half * half;
    }
  });
  auto [mean, variance] = apart(all);
  return {mean, variance};
}

ChannelSums sum_of_parts(const ChannelSums& part, BatchParts& parts) {
  std::vector<double> all = side_by_side(part.dy, part.dy_centered);
  parts.sum(all);
  auto [dy, centered] = apart(all);
  return {dy, centered};
}

BatchMoments::BatchMoments(long images, long channels)
    : channels_(channels), pieces_(cut(images, kBatchPieces).size(), MomentSums(channels)) {}

PieceListener BatchMoments::listener() {
  return [this](long piece, Range elements, const Real* values) {
    pieces_[static_cast<std::size_t>(piece)].add(values, elements.size() / channels_);
  };
}

ChannelMoments BatchMoments::moments() const {
  std::vector<PartialMoments> parts;
  for (const MomentSums& piece : pieces_) parts.push_back(piece.moments());
  return merge(parts);
}

ChannelMoments channel_moments(const Tensor& x) {
  const Tensor rows = x.reshaped({x.size() / x.shape().back(), x.shape().back()});
  const std::vector<Range> pieces = cut(rows.shape()[0], kPieces);
  std::vector<PartialMoments> parts(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    const std::size_t at = static_cast<std::size_t>(p);
    parts[at] = partial_moments(rows.rows(pieces[at].begin, pieces[at].end));
  });
  return merge(parts);
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

void scale_channels_in_place(Tensor& x, const Tensor& gain, const Tensor& offset) {
  const long channels = x.shape().back();
  parallel_chunks(x.size() / channels, kElementGrain / channels + 1, [&](Range range) {
    const Real *g = gain.data(), *o = offset.data();
    for (long m = range.begin; m < range.end; ++m) {
      Real* const px = x.data() + m * channels;
      for (long c = 0; c < channels; ++c) px[c] = px[c] * g[c] + o[c];
    }
  });
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
