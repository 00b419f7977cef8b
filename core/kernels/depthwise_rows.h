#pragma once

#include <algorithm>
#include <type_traits>
#include <vector>

#include "core/array.h"
#include "core/kernels/conv2d.h"
#include "core/lanes.h"

// What the depthwise convolutions of depthwise_conv2d.h are made of. Channels lie side by side, so a vector
// is sixteen channels of a pixel. Rows of pixels pass through a ring in the second-level cache, widened by
// the border's columns; every sum is one over taps, along a row, and a register of weights serves four
// pixels.

namespace nibble::kernels::depthwise {

using lanes::kCount;
using lanes::Values;

/// Channels rounded up to whole vectors.
inline long whole_vectors(long channels) { return (channels + kCount - 1) / kCount * kCount; }

struct Layer {
  Shape x, w, y;
  Conv2dGeometry geometry;

  long taps() const { return w[1] * w[2]; }
  long channels() const { return x[3]; }
  long pitch() const { return whole_vectors(channels()); }  // of a pixel in the rings, and of a tap's weights
  /// The row or column that tap k of output i reads.
  long row_of(long i, long k) const { return i * geometry.stride.h - geometry.padding.h + k; }
  long column_of(long i, long k) const { return i * geometry.stride.w - geometry.padding.w + k; }
};

inline Layer depthwise_layer(const Shape& x, const Shape& w, const Conv2dGeometry& geometry) {
  return {x, w, conv2d_output_shape(x, w, geometry, "conv2d"), geometry};
}

/// [C, KH, KW, 1], numbers or codes, as [taps, pitch].
template <typename Element>
Tensor tap_weights(const Layer& l, const Array<Element>& w) {
  Tensor weights({l.taps(), l.pitch()});
  for (long c = 0; c < l.channels(); ++c) {
    for (long tap = 0; tap < l.taps(); ++tap)
      weights[tap * l.pitch() + c] = static_cast<Real>(w[c * l.taps() + tap]);
  }
  return weights;
}

/// The last rows of an image [H, W, C] that were put, and zeros for those outside of it.
class RowRing {
 public:
  RowRing(const Shape& images, long slots, long before, long after)
      : height_(images[1]),
        width_(images[2]),
        channels_(images[3]),
        pitch_(whole_vectors(channels_)),
        slots_(slots),
        before_(before),
        rows_({slots + 1, before + width_ + after, pitch_}) {}

  /// The pixel in column 0 of row h; the border's columns lie on both sides.
  const Real* row(long h) const { return at(h < 0 || h >= height_ ? slots_ : h % slots_); }
  /// Values from − origin of a row [W, C], numbers or codes.
  template <typename Element>
  void put(long h, const Element* from, Real origin) {
    Real* into = const_cast<Real*>(at(h % slots_));
    const bool dense = pitch_ == channels_;
    const long pixels = dense ? 1 : width_, values = dense ? width_ * channels_ : channels_;
    for (long i = 0; i < pixels; ++i, from += values, into += pitch_) {
      for (long k = 0; k < values; ++k) into[k] = static_cast<Real>(from[k]) - origin;
    }
  }

 private:
  const Real* at(long slot) const { return rows_.data() + slot * rows_.shape().row() + before_ * pitch_; }

  long height_, width_, channels_, pitch_, slots_, before_;
  Tensor rows_;  // the last one stays zero
};

/// Sums for every channel: float over some rows of so many columns, double above.
class RowSums {
 public:
  RowSums(long sums, long pitch, long columns)
      : rows_at_once_(std::max(64 / columns, 1L)),
        some_({sums, pitch}),
        all_(static_cast<std::size_t>(some_.size())) {}
  /// [sums, pitch], to be added to.
  Real* some() { return some_.data(); }
  void row_done() {
    if (++rows_ == rows_at_once_) fold();
  }
  const std::vector<double>& all() {
    fold();
    return all_;
  }

 private:
  void fold() {
    for (long i = 0; i < some_.size(); ++i) all_.data()[i] += static_cast<double>(some_.data()[i]);
    some_.fill(0);
    rows_ = 0;
  }

  long rows_at_once_, rows_ = 0;
  Tensor some_;
  std::vector<double> all_;
};

/// A tap at the first pixel of a row of sums: what it reads and its weight, both in channel 0.
struct Tap {
  const Real *in, *weight;
};

/// The taps that output row oh reads. weights: [taps, pitch].
inline void find_taps(const Layer& l, const RowRing& x, long oh, const Real* weights,
                      std::vector<Tap>& taps) {
  taps.clear();
  for (long kh = 0; kh < l.w[1]; ++kh) {
    for (long kw = 0; kw < l.w[2]; ++kw, weights += l.pitch())
      taps.push_back({x.row(l.row_of(oh, kh)) + l.column_of(0, kw) * l.pitch(), weights});
  }
}

/// Calls run with the number of taps as a constant, or with 0 where it is an unusual one.
template <typename Run>
void with_tap_count(std::size_t n, const Run& run) {
  const auto call = [&]<long N>(std::integral_constant<long, N> count) { run(count); };
  switch (n) {
    case 1:
      return call(std::integral_constant<long, 1>{});
    case 2:
      return call(std::integral_constant<long, 2>{});
    case 4:
      return call(std::integral_constant<long, 4>{});
    case 6:
      return call(std::integral_constant<long, 6>{});
    case 9:
      return call(std::integral_constant<long, 9>{});
    case 25:
      return call(std::integral_constant<long, 25>{});
    default:
      return call(std::integral_constant<long, 0>{});
  }
}

/// Σ over the taps of weight · in[j · step], for Pixels pixels side by side; emit(k, sum) takes them.
template <long Pixels, long N, typename Emit>
NIBBLE_LANES void weigh_pixels(const Real* const (&in)[N], const Values (&w)[N], long offset, long step,
                               const Emit& emit) {
  Values sum[Pixels] = {};
#pragma GCC unroll 32
  for (long i = 0; i < N; ++i) {
#pragma GCC unroll 4
    for (long k = 0; k < Pixels; ++k) sum[k] += w[i] * lanes::load(in[i] + offset + k * step);
  }
#pragma GCC unroll 4
  for (long k = 0; k < Pixels; ++k) emit(k, sum[k]);
}

/// The same for 0 ≤ j < count, in the sixteen channels from c on: emit(j, sum).
template <typename Emit>
void weigh_row(const std::vector<Tap>& taps, long c, long step, long count, const Emit& emit) {
  with_tap_count(taps.size(), [&]<long N>(std::integral_constant<long, N>) {
    if constexpr (N > 0) {
      const Real* in[N];
      Values w[N];
      for (long i = 0; i < N; ++i) {
        const Tap& tap = taps[static_cast<std::size_t>(i)];
        in[i] = tap.in + c;
        w[i] = lanes::load(tap.weight + c);
      }
      long j = 0;
      const auto at = [&](long k, Values sum) { emit(j + k, sum); };
      for (; j + 4 <= count; j += 4) weigh_pixels<4>(in, w, j * step, step, at);
      if (count & 2) weigh_pixels<2>(in, w, j * step, step, at), j += 2;
      if (count & 1) weigh_pixels<1>(in, w, j * step, step, at);
    } else {
      for (long j = 0; j < count; ++j) {
        Values sum{};
        for (const Tap& tap : taps) sum += lanes::load(tap.weight + c) * lanes::load(tap.in + c + j * step);
        emit(j, sum);
      }
    }
  });
}

/// sums[i] += Σ_j d[j · pitch] · in[i][j · step] for every tap i, and behind them sums[taps] += Σ_j d; in the
/// sixteen channels from c on. sums: [taps + 1, pitch].
inline void multiply_row(const Real* d, long pitch, const std::vector<Tap>& taps, long c, long step,
                         long count, Real* sums) {
  with_tap_count(taps.size(), [&]<long N>(std::integral_constant<long, N>) {
    Real* const all = sums + static_cast<long>(taps.size()) * pitch + c;
    Values total = lanes::load(all);
    if constexpr (N > 0) {
      const Real* in[N];
      Values sum[N];
      for (long i = 0; i < N; ++i) {
        in[i] = taps[static_cast<std::size_t>(i)].in + c;
        sum[i] = lanes::load(sums + i * pitch + c);
      }
      for (long j = 0; j < count; ++j) {
        const Values v = lanes::load(d + c + j * pitch);
        total += v;
#pragma GCC unroll 32
        for (long i = 0; i < N; ++i) sum[i] += v * lanes::load(in[i] + j * step);
      }
      for (long i = 0; i < N; ++i) lanes::store(sum[i], sums + i * pitch + c);
    } else {
      for (long j = 0; j < count; ++j) total += lanes::load(d + c + j * pitch);
      Real* into = sums + c;
      for (const Tap& tap : taps) {
        Values sum = lanes::load(into);
        for (long j = 0; j < count; ++j)
          sum += lanes::load(d + c + j * pitch) * lanes::load(tap.in + c + j * step);
        lanes::store(sum, into);
        into += pitch;
      }
    }
    lanes::store(total, all);
  });
}

}  // namespace nibble::kernels::depthwise
