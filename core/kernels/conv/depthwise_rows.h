#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/array.h"
#include "core/kernels/conv/conv2d.h"
#include "core/simd/lanes.h"

// The parts that the depthwise convolutions of depthwise_conv2d.h share. Channels lie side by side, so a
// vector holds sixteen channels of a pixel. A ring in the second-level cache holds the last rows of pixels,
// with the columns of the border on both sides. Each sum runs over the taps, along a row, and a register of
// weights serves four pixels.

namespace nibble::kernels::depthwise {

using lanes::kCount;
using lanes::Values;

/// For lambdas that take sums from registers: a call would write these to memory.
#define NIBBLE_INLINE __attribute__((always_inline))

/// Channels rounded up to whole vectors.
inline long whole_vectors(long channels) { return (channels + kCount - 1) / kCount * kCount; }

struct Layer {
  Shape x, w, y;
  Conv2dGeometry geometry;

  long taps() const { return w[1] * w[2]; }
  long channels() const { return x[3]; }
  long pitch() const {
    return whole_vectors(channels());
  }  // numbers per pixel in the rings, and per tap of the weights
  /// The row or column that tap k of output i reads.
  long row_of(long i, long k) const { return i * geometry.stride.h - geometry.padding.h + k; }
  long column_of(long i, long k) const { return i * geometry.stride.w - geometry.padding.w + k; }
};

inline Layer depthwise_layer(const Shape& x, const Shape& w, const Conv2dGeometry& geometry) {
  return {x, w, conv2d_output_shape(x, w, geometry, "conv2d"), geometry};
}

/// The weight [C, KH, KW, 1], numbers or codes, as [taps, pitch].
template <typename Element>
Tensor tap_weights(const Layer& l, const Array<Element>& w) {
  Tensor weights({l.taps(), l.pitch()});
  for (long tap = 0; tap < l.taps(); ++tap) {
    Real* const into = weights.data() + tap * l.pitch();
    for (long c = 0; c < l.channels(); ++c) into[c] = static_cast<Real>(w.data()[c * l.taps() + tap]);
  }
  return weights;
}

/// The rows of an image [H, W, C] that were put last. Rows outside of the image read as zero.
class RowRing {
 public:
  RowRing(const Shape& images, long slots, long before, long after)
      : height_(images[1]),
        width_(images[2]),
        channels_(images[3]),
        pitch_(whole_vectors(channels_)),
        slots_(slots),
        before_(before),
        rows_(Tensor::uninitialized({slots + 1, before + width_ + after, pitch_})) {
    if (pitch_ != channels_)
      rows_.fill(0);  // lanes beyond the channels take part in the arithmetic but are never stored
    for (long slot = 0; slot < slots; ++slot) {
      Real *const row = rows_.data() + slot * rows_.shape().row(), *const end = row + rows_.shape().row();
      std::fill(row, row + before * pitch_, Real(0));
      std::fill(end - after * pitch_, end, Real(0));
    }
    std::fill_n(rows_.data() + slots * rows_.shape().row(), rows_.shape().row(), Real(0));
  }

  /// The pixel in column 0 of row h; the border's columns lie on both sides.
  const Real* row(long h) const { return at(h < 0 || h >= height_ ? slots_ : h % slots_); }
  /// Puts row h of image n of codes, as codes − origin.
  void put(long h, const Array<std::uint8_t>& images, long n, Real origin) {
    put(h, images.data() + (n * height_ + h) * width_ * channels_,
        [origin](std::uint8_t code) { return static_cast<Real>(code) - origin; });
  }
  /// Puts row h of image n of numbers, whose origin is 0.
  void put(long h, const PiecewiseTensor& images, long n, Real) {
    const long size = width_ * channels_, first = (n * height_ + h) * size;
    const bool dense = pitch_ == channels_;
    if (!dense && made_.empty()) made_ = Tensor::uninitialized({size});
    Real* const room = dense ? room_of(h) : made_.data();
    const Real* const row = images.block({first, first + size}, room);
    if (row != room_of(h)) put(h, row);
  }
  /// Puts a row [W, C] of numbers as row h.
  void put(long h, const Real* row) {
    put(h, row, [](Real v) { return v; });
  }

 private:
  template <typename Element, typename ValueOf>
  void put(long h, const Element* from, const ValueOf& value_of) {
    Real* into = room_of(h);
    const bool dense = pitch_ == channels_;
    const long pixels = dense ? 1 : width_, values = dense ? width_ * channels_ : channels_;
    for (long i = 0; i < pixels; ++i, from += values, into += pitch_) {
      for (long k = 0; k < values; ++k) into[k] = value_of(from[k]);
    }
  }
  Real* room_of(long h) { return const_cast<Real*>(at(h % slots_)); }
  const Real* at(long slot) const { return rows_.data() + slot * rows_.shape().row() + before_ * pitch_; }

  long height_, width_, channels_, pitch_, slots_, before_;
  Tensor rows_;  // the last slot stays zero
  Tensor made_;  // a computed row, before its channels are moved to the ring's pitch
};

/// So many rows of x, with the columns of the border.
inline RowRing ring_of_image(const Layer& l, long slots) {
  const long before = l.geometry.padding.w;
  return RowRing(l.x, slots, before, before + l.geometry.extra.w);
}

/// A row of taps of the filter, for the first sum of a row: the pixel that the first tap reads and the weight
/// of that tap, both in channel 0. The next tap reads the next pixel.
struct TapRow {
  const Real *in, *weight;
};

/// The taps of a row of sums: rows of `taps` taps each, whose weights are `weight_step` apart. The next sum
/// reads `stride` pixels further on.
struct Taps {
  std::vector<TapRow> rows;
  long taps = 0, weight_step = 0, stride = 1;
};

/// Finds the taps of output row oh. weights: [taps, pitch].
inline void find_taps(const Layer& l, const RowRing& x, long oh, const Real* weights, Taps& into) {
  into.rows.clear();
  into.taps = l.w[2];
  into.weight_step = l.pitch();
  into.stride = l.geometry.stride.w;
  for (long kh = 0; kh < l.w[1]; ++kh) {
    into.rows.push_back(
        {x.row(l.row_of(oh, kh)) + l.column_of(0, 0) * l.pitch(), weights + kh * l.w[2] * l.pitch()});
  }
}

/// Calls run with rows, taps and stride as compile-time constants, or with zeros if they are unusual.
template <typename Run>
void with_constants(const Taps& t, const Run& run) {
  const long rows = static_cast<long>(t.rows.size());
  const auto is = [&]<long R, long T, long S>(std::integer_sequence<long, R, T, S> constants) {
    if (rows != R || t.taps != T || t.stride != S) return false;
    run(constants);
    return true;
  };
  using std::integer_sequence;
  is(integer_sequence<long, 3, 3, 1>{}) || is(integer_sequence<long, 5, 5, 1>{}) ||
      is(integer_sequence<long, 3, 3, 2>{}) || is(integer_sequence<long, 5, 5, 2>{}) ||
      is(integer_sequence<long, 1, 1, 1>{}) || is(integer_sequence<long, 1, 2, 1>{}) ||
      is(integer_sequence<long, 2, 1, 1>{}) || is(integer_sequence<long, 2, 2, 1>{}) ||
      is(integer_sequence<long, 2, 3, 1>{}) || is(integer_sequence<long, 3, 2, 1>{}) ||
      (run(integer_sequence<long, 0, 0, 0>{}), true);
}

/// Calls meet(r, t, k, pixel) for every tap t of row r (R rows of T taps) and every sum k (`Pixels`
/// neighbouring sums, S pixels apart), with the pixel that the tap reads. Each pixel is loaded once.
template <long S, long R, long T, long Pixels, typename Meet>
NIBBLE_LANES void for_each_pixel(const Real* const (&in)[R], long offset, long pitch, const Meet& meet) {
#pragma GCC unroll 8
  for (long r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (long column = 0; column < (Pixels - 1) * S + T; ++column) {
      const Values x = lanes::load(in[r] + offset + column * pitch);
#pragma GCC unroll 4
      for (long k = 0; k < Pixels; ++k) {
        const long t = column - k * S;
        if (t >= 0 && t < T) meet(r, t, k, x);
      }
    }
  }
}

/// Calls some(j, Pixels) for groups of pixels that cover 0 ≤ j < count: groups of four, then of two and of
/// one.
template <typename Some>
NIBBLE_LANES void for_each_group(long count, const Some& some) {
  long j = 0;
  for (; j + 4 <= count; j += 4) some(j, std::integral_constant<long, 4>{});
  if (count & 2) some(j, std::integral_constant<long, 2>{}), j += 2;
  if (count & 1) some(j, std::integral_constant<long, 1>{});
}

/// Calls emit(j, Σ over the taps of weight · pixel) for 0 ≤ j < count, in the sixteen channels from c on.
template <typename Emit>
void weigh_row(const Taps& taps, long c, long pitch, long count, const Emit& emit) {
  with_constants(taps, [&]<long R, long T, long S>(std::integer_sequence<long, R, T, S>) {
    if constexpr (R > 0) {
      const Real* in[R];
      Values w[R][T];
      for (long r = 0; r < R; ++r) {
        const TapRow& row = taps.rows[static_cast<std::size_t>(r)];
        in[r] = row.in + c;
        for (long t = 0; t < T; ++t) w[r][t] = lanes::load(row.weight + t * taps.weight_step + c);
      }
      for_each_group(count, [&]<long Pixels>(long j, std::integral_constant<long, Pixels>) NIBBLE_INLINE {
        Values sum[Pixels] = {};
        for_each_pixel<S, R, T, Pixels>(in, j * S * pitch, pitch,
                                        [&](long r, long t, long k, Values x)
                                            NIBBLE_INLINE { sum[k] += w[r][t] * x; });
#pragma GCC unroll 4
        for (long k = 0; k < Pixels; ++k) emit(j + k, sum[k]);
      });
    } else {
      for (long j = 0; j < count; ++j) {
        Values sum{};
        for (const TapRow& row : taps.rows) {
          for (long t = 0; t < taps.taps; ++t)
            sum += lanes::load(row.weight + t * taps.weight_step + c) *
                   lanes::load(row.in + (j * taps.stride + t) * pitch + c);
        }
        emit(j, sum);
      }
    }
  });
}

/// Adds Σ_j d[j] · pixel to sums[i] for every tap i, and Σ_j d[j] to sums[taps], in the sixteen channels from
/// c on. Pixels, d and sums have the distance `pitch`.
inline void multiply_row(const Real* d, const Taps& taps, long c, long pitch, long count, Real* sums) {
  sums += c;
  d += c;
  Real* const all = sums + static_cast<long>(taps.rows.size()) * taps.taps * pitch;
  Values total = lanes::load(all);
  with_constants(taps, [&]<long R, long T, long S>(std::integer_sequence<long, R, T, S>) {
    if constexpr (R > 0) {
      const Real* in[R];
      Values sum[R][T];
      for (long r = 0; r < R; ++r) {
        in[r] = taps.rows[static_cast<std::size_t>(r)].in + c;
        for (long t = 0; t < T; ++t) sum[r][t] = lanes::load(sums + (r * T + t) * pitch);
      }
      for_each_group(count, [&]<long Pixels>(long j, std::integral_constant<long, Pixels>) NIBBLE_INLINE {
        Values v[Pixels];
#pragma GCC unroll 4
        for (long k = 0; k < Pixels; ++k) v[k] = lanes::load(d + (j + k) * pitch), total += v[k];
        for_each_pixel<S, R, T, Pixels>(in, j * S * pitch, pitch,
                                        [&](long r, long t, long k, Values x)
                                            NIBBLE_INLINE { sum[r][t] += v[k] * x; });
      });
      for (long r = 0; r < R; ++r) {
        for (long t = 0; t < T; ++t) lanes::store(sum[r][t], sums + (r * T + t) * pitch);
      }
    } else {
      for (long j = 0; j < count; ++j) total += lanes::load(d + j * pitch);
      for (const TapRow& row : taps.rows) {
        for (long t = 0; t < taps.taps; ++t, sums += pitch) {
          Values sum = lanes::load(sums);
          for (long j = 0; j < count; ++j)
            sum += lanes::load(d + j * pitch) * lanes::load(row.in + (j * taps.stride + t) * pitch + c);
          lanes::store(sum, sums);
        }
      }
    }
  });
  lanes::store(total, all);
}

}  // namespace nibble::kernels::depthwise
