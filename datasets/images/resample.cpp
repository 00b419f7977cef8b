#include "datasets/images/resample.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "core/parallel.h"
#include "core/scratch.h"
#include "datasets/images/resample_weights.h"

namespace nibble {
namespace {

constexpr long kLanes = 16;
using Bytes16 = std::uint8_t __attribute__((vector_size(kLanes)));

// Sums fill one register: of longer vectors, g++ 12 keeps the parts in memory.
#ifdef __AVX2__
constexpr long kSums = 8;
#else
constexpr long kSums = 4;
#endif
constexpr long kParts = kLanes / kSums;
using PartBytes = std::uint8_t __attribute__((vector_size(kSums)));
using PartWords = std::int16_t __attribute__((vector_size(2 * kSums)));
using PartSums = std::int32_t __attribute__((vector_size(4 * kSums)));

// Sixteen sums of weighted bytes.
struct Sums16 {
  PartSums parts[kParts];

  Sums16() {
    for (PartSums& part : parts) part = (1 << (kWeightBits - 1)) - PartSums{};
  }
  void add(std::int32_t weight, const std::uint8_t* from) {
    for (PartSums& part : parts) {
      PartBytes bytes;
      std::memcpy(&bytes, from, sizeof bytes);
      // Each step doubles the width: g++ 12 splits longer steps into single numbers.
      part += weight * __builtin_convertvector(__builtin_convertvector(bytes, PartWords), PartSums);
      from += kSums;
    }
  }
  // As byte_of_sum has it.
  void store(std::uint8_t* into) const {
    for (const PartSums& part : parts) {
      PartSums values = part >> kWeightBits;
      values = values < 0 ? PartSums{} : values;
      values = values > 255 ? 255 - PartSums{} : values;
      const PartBytes bytes = __builtin_convertvector(__builtin_convertvector(values, PartWords), PartBytes);
      std::memcpy(into, &bytes, sizeof bytes);
      into += kSums;
    }
  }
};

Bytes16 load16(const std::uint8_t* from) {
  Bytes16 bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

// rows[i][k] becomes rows[k][i]. Four times, each vector of the first half is zipped with its partner of the
// second half.
void transpose16(Bytes16 (&rows)[kLanes]) {
  constexpr Bytes16 kLow{0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
  constexpr Bytes16 kHigh{8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  for (int step = 0; step < 4; ++step) {
    Bytes16 zipped[kLanes];
    for (int i = 0; i < kLanes / 2; ++i) {
      zipped[2 * i] = __builtin_shuffle(rows[i], rows[i + kLanes / 2], kLow);
      zipped[2 * i + 1] = __builtin_shuffle(rows[i], rows[i + kLanes / 2], kHigh);
    }
    std::memcpy(rows, zipped, sizeof zipped);
  }
}

long rounded_up(long n) { return (n + kLanes - 1) / kLanes * kLanes; }

// Sixteen rows of `count` bytes to columns [count rounded up, 16]. Rows beyond `valid` repeat the last one.
void to_columns(const std::uint8_t* rows, long stride, long valid, long count, std::uint8_t* columns) {
  for (long x = 0; x < count; x += kLanes) {
    Bytes16 block[kLanes];
    const long n = std::min(kLanes, count - x);
    for (long y = 0; y < kLanes; ++y) {
      const std::uint8_t* const from = rows + std::min(y, valid - 1) * stride + x;
      if (n == kLanes) {
        block[y] = load16(from);
      } else {
        block[y] = Bytes16{};
        std::memcpy(&block[y], from, static_cast<std::size_t>(n));
      }
    }
    transpose16(block);
    std::memcpy(columns + x * kLanes, block, sizeof block);
  }
}

// Columns [count rounded up, 16] to the first `valid` of sixteen rows, which have room for `count` rounded
// up.
void to_rows(const std::uint8_t* columns, long count, std::uint8_t* rows, long stride, long valid) {
  for (long x = 0; x < count; x += kLanes) {
    Bytes16 block[kLanes];
    std::memcpy(block, columns + x * kLanes, sizeof block);
    transpose16(block);
    for (long y = 0; y < valid; ++y) std::memcpy(rows + y * stride + x, &block[y], sizeof block[y]);
  }
}

// Sixteen rows at once: a lane is a row. columns [source columns, C, 16], scaled [columns of the part, C,
// 16].
template <long channels>
void scale_columns(const ResampleWeights& across, long left, long right, const std::uint8_t* columns,
                   std::uint8_t* scaled) {
  for (long x = left; x < right; ++x) {
    const std::int32_t* const weights = across.weights(x);
    const std::uint8_t* from = columns + (across.first(x) - across.begin()) * channels * kLanes;
    Sums16 sums[channels];
    for (long k = 0; k < across.taps(x); ++k) {
      for (long c = 0; c < channels; ++c, from += kLanes) sums[c].add(weights[k], from);
    }
    for (const Sums16& sum : sums) {
      sum.store(scaled);
      scaled += kLanes;
    }
  }
}

void scale_columns(long channels, const ResampleWeights& across, long left, long right,
                   const std::uint8_t* columns, std::uint8_t* scaled) {
  switch (channels) {
    case 1:
      return scale_columns<1>(across, left, right, columns, scaled);
    case 2:
      return scale_columns<2>(across, left, right, columns, scaled);
    case 3:
      return scale_columns<3>(across, left, right, columns, scaled);
    default:
      return scale_columns<4>(across, left, right, columns, scaled);
  }
}

// The rows begin ≤ y < end of an image, scaled across and cut: into rows `stride` bytes apart.
void scale_across(const PixelView& image, const Range& needed, const ResampleWeights& across, long left,
                  long right, std::uint8_t* rows, long stride) {
  const long channels = image.channels, count = (across.end() - across.begin()) * channels;
  const long scaled_count = (right - left) * channels;
  Scratch<std::uint8_t> columns(rounded_up(count) * kLanes), scaled(rounded_up(scaled_count) * kLanes);
  std::memset(scaled.data() + scaled_count * kLanes, 0,
              static_cast<std::size_t>((rounded_up(scaled_count) - scaled_count) * kLanes));
  for (long y = needed.begin; y < needed.end; y += kLanes) {
    const long valid = std::min(kLanes, needed.end - y);
    to_columns(image.pixels + y * image.stride + across.begin() * channels, image.stride, valid, count,
               columns.data());
    scale_columns(channels, across, left, right, columns.data(), scaled.data());
    to_rows(scaled.data(), scaled_count, rows + (y - needed.begin) * stride, stride, valid);
  }
}

// One row of the result from rows that begin with row `first` of the source; they have room for `count`
// rounded up.
void scale_down(const std::uint8_t* rows, long stride, long taps, const std::int32_t* weights, long count,
                std::uint8_t* out) {
  for (long x = 0; x < count; x += kLanes) {
    Sums16 sum;
    for (long k = 0; k < taps; ++k) sum.add(weights[k], rows + k * stride + x);
    if (count - x >= kLanes) {
      sum.store(out + x);
    } else {
      std::uint8_t bytes[kLanes];
      sum.store(bytes);
      std::memcpy(out + x, bytes, static_cast<std::size_t>(count - x));
    }
  }
}

}  // namespace

PixelView view_of(const std::uint8_t* pixels, const Shape& image) {
  return {pixels, image[0], image[1], image[2], image[1] * image[2]};
}

PixelView view_of(const std::uint8_t* pixels, const Shape& image, const Rectangle& part) {
  assert(0 <= part.top && part.top + part.height <= image[0]);
  assert(0 <= part.left && part.left + part.width <= image[1]);
  return {pixels + (part.top * image[1] + part.left) * image[2], part.height, part.width, image[2],
          image[1] * image[2]};
}

void resample(const PixelView& image, long height, long width, const Rectangle& part,
              Interpolation interpolation, std::uint8_t* out) {
  const long bottom = part.top + part.height, right = part.left + part.width;
  const ResampleWeights across(image.width, width, part.left, right, interpolation);
  const ResampleWeights down(image.height, height, part.top, bottom, interpolation);
  const long count = part.width * image.channels, stride = rounded_up(count);
  Scratch<std::uint8_t> rows((down.end() - down.begin()) * stride);
  scale_across(image, {down.begin(), down.end()}, across, part.left, right, rows.data(), stride);
  for (long y = part.top; y < bottom; ++y) {
    scale_down(rows.data() + (down.first(y) - down.begin()) * stride, stride, down.taps(y), down.weights(y),
               count, out + (y - part.top) * count);
  }
}

}  // namespace nibble
