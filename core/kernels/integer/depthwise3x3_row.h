#pragma once

// A row of outputs of a depthwise 3x3 convolution of codes, computed within registers. Four bytes form a lane
// of a VNNI instruction: the three codes of one column of a channel, one below the other, and a zero.

#include <cstdint>
#include <vector>

#include "core/kernels/integer/code_registers.h"
#include "core/kernels/integer/interleaved_bytes.h"

#ifdef __x86_64__

namespace nibble::kernels::depthwise3x3 {

inline constexpr long kBlock = 64;     // codes of a register
inline constexpr long kColumns = 3;    // of a filter
inline constexpr long kRegisters = 4;  // of 16 sums each, for 64

inline long pixels_at_once(long channels) {
  if (channels > kBlock / 2) return 1;
  return channels > kBlock / 4 ? 2 : 4;
}

// The channels that are computed together. If there are few, a register also holds 2 or 4 neighbouring
// outputs, so that it is full: each output then has 64 / pixels codes.
struct Block {
  Block(long begin, long count)
      : first(begin),
        channels(count),
        pixels(pixels_at_once(channels)),
        weights(kColumns * kRegisters * kBlock),
        lines(kBlock) {}

  long first, channels, pixels;
  std::vector<std::int8_t> weights;  // [3 columns, 4 registers, 16 lanes, 4 bytes]
  LineTable<float> lines;            // [4 registers]
};

// A row of outputs and the three rows that it reads.
struct Row {
  const std::uint8_t* in[3];  // at the block's first channel
  std::uint8_t* out;
  long pixel;            // bytes from one to the next
  long in_width, width;  // pixels
  long padding;
  int border, lo, hi;
};

struct Sums {
  __m512i registers[kRegisters];
};

NIBBLE_VNNI inline Sums no_sums() {
  const __m512i zero = _mm512_setzero_si512();
  return {{zero, zero, zero, zero}};
}

// The weights of a column of the filters, in the lanes in which the codes lie.
NIBBLE_VNNI inline Fours filter_of(const Block& block, long column) {
  const std::int8_t* const weights = block.weights.data() + column * kRegisters * kBlock;
  return {{_mm512_loadu_si512(weights), _mm512_loadu_si512(weights + kBlock),
           _mm512_loadu_si512(weights + 2 * kBlock), _mm512_loadu_si512(weights + 3 * kBlock)}};
}

NIBBLE_VNNI inline void add_column(const Fours& column, const Fours& filter, Sums& sums) {
#pragma GCC unroll 4
  for (int r = 0; r < kRegisters; ++r) add_fours(sums.registers[r], column.registers[r], filter.registers[r]);
}

// Loads the codes of one of P pixels, a piece of a register. Whole: the piece is full.
template <int P, bool Whole>
NIBBLE_VNNI inline auto piece_of(const std::uint8_t* x, __mmask64 here) {
  if constexpr (P == 1) {
    return Whole ? _mm512_loadu_si512(x) : _mm512_maskz_loadu_epi8(here, x);
  } else if constexpr (P == 2) {
    return Whole ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x))
                 : _mm256_maskz_loadu_epi8(static_cast<__mmask32>(here), x);
  } else {
    return Whole ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(x))
                 : _mm_maskz_loadu_epi8(static_cast<__mmask16>(here), x);
  }
}

template <typename Piece>
NIBBLE_VNNI inline Piece border_piece(int border) {
  if constexpr (sizeof(Piece) == 64) {
    return _mm512_set1_epi8(static_cast<char>(border));
  } else if constexpr (sizeof(Piece) == 32) {
    return _mm256_set1_epi8(static_cast<char>(border));
  } else {
    return _mm_set1_epi8(static_cast<char>(border));
  }
}

// The place where the next windows begin: column w, which is read only if it lies in the image.
struct Columns {
  const std::uint8_t* rows[3];
  long w;
};

inline Columns first_columns(const Row& row) {
  const long before = row.padding * row.pixel;
  return {{row.in[0] - before, row.in[1] - before, row.in[2] - before}, -row.padding};
}

inline void advance(const Row& row, int columns, Columns& at) {
  at.w += columns;
  for (const std::uint8_t*& x : at.rows) {
    x += columns * row.pixel;
    __asm__("" : "+r"(x));  // otherwise g++ 12 keeps an address for each pixel, more than there are registers
  }
}

// The codes of P pixels of a row from column k of a window on, S columns apart.
template <int P, int S, bool Whole, bool Inside>
NIBBLE_VNNI inline __m512i codes_of(const Row& row, const Columns& at, int r, int k, __mmask64 here) {
  using Piece = decltype(piece_of<P, Whole>(nullptr, here));
  Piece pieces[P];
#pragma GCC unroll 4
  for (int p = 0; p < P; ++p) {
    const int column = k + p * S;
    const bool inside = Inside || (at.w + column >= 0 && at.w + column < row.in_width);
    pieces[p] =
        inside ? piece_of<P, Whole>(at.rows[r] + column * row.pixel, here) : border_piece<Piece>(row.border);
  }
  if constexpr (P == 1) {
    return pieces[0];
  } else if constexpr (P == 2) {
    return _mm512_inserti64x4(_mm512_zextsi256_si512(pieces[0]), pieces[1], 1);
  } else {
    __m512i all = _mm512_zextsi128_si512(pieces[0]);
    all = _mm512_inserti32x4(all, pieces[1], 1);
    all = _mm512_inserti32x4(all, pieces[2], 2);
    return _mm512_inserti32x4(all, pieces[3], 3);
  }
}

template <int P, int S, bool Whole, bool Inside>
NIBBLE_VNNI inline Fours column_of(const Row& row, const Columns& at, int k, __mmask64 here) {
  return interleaved(codes_of<P, S, Whole, Inside>(row, at, 0, k, here),
                     codes_of<P, S, Whole, Inside>(row, at, 1, k, here),
                     codes_of<P, S, Whole, Inside>(row, at, 2, k, here), _mm512_setzero_si512());
}

// What is needed to turn the sums of a block into codes.
struct Finish {
  const float* lines;  // LineTable's
  CodeLimits limits;
  long channels, pixel;
};

// Stores the codes of P pixels, of which `left` are still in the row. Packing restores the order of the
// channels.
template <int P, bool Whole>
NIBBLE_VNNI inline void finish(const Finish& by, const Sums& sums, long left, std::uint8_t* codes) {
  __m512i lines[kRegisters];
#pragma GCC unroll 4
  for (int r = 0; r < kRegisters; ++r) lines[r] = on_lines(sums.registers[r], by.lines + 32 * r);
  __m512i all = as_codes(lines[0], lines[1], lines[2], lines[3], by.limits);
#pragma GCC unroll 4
  for (int p = 0; p < P; ++p, codes += by.pixel) {
    if (p >= left) return;
    if constexpr (Whole) {
      store_lanes<kRegisters / P>(all, codes);
    } else {
      store_codes(all, by.channels, codes);
    }
    if constexpr (P > 1) all = _mm512_maskz_shuffle_i64x2(0xff, all, all, P == 2 ? 0x4e : 0x39);
  }
}

// Each column is interleaved once and is used by all outputs whose windows contain it. Outputs that lie side
// by side in a register share no column.
template <int P, int S, bool Whole>
NIBBLE_VNNI void run_row(Row row, const Block& block) {
  const __mmask64 here = first_bytes(block.channels);
  const Fours filter0 = filter_of(block, 0), filter1 = filter_of(block, 1), filter2 = filter_of(block, 2);
  const Finish by{block.lines.of(0), code_limits(row.lo, row.hi), block.channels, row.pixel};
  std::uint8_t* codes = row.out;
  Columns at = first_columns(row);
  if constexpr (P > 1) {
    constexpr int kSpan = (P - 1) * S + kColumns;
    for (long left = row.width; left > 0; left -= P, codes += P * row.pixel) {
      Sums sums = no_sums();
      if (at.w >= 0 && at.w + kSpan <= row.in_width) [[likely]] {
        add_column(column_of<P, S, Whole, true>(row, at, 0, here), filter0, sums);
        add_column(column_of<P, S, Whole, true>(row, at, 1, here), filter1, sums);
        add_column(column_of<P, S, Whole, true>(row, at, 2, here), filter2, sums);
      } else {
        add_column(column_of<P, S, Whole, false>(row, at, 0, here), filter0, sums);
        add_column(column_of<P, S, Whole, false>(row, at, 1, here), filter1, sums);
        add_column(column_of<P, S, Whole, false>(row, at, 2, here), filter2, sums);
      }
      finish<P, Whole>(by, sums, left, codes);
      advance(row, P * S, at);
    }
  } else if constexpr (S == 1) {
    Sums first = no_sums(),
         second = no_sums();  // the output that ends with the next column, and the output after it
    for (long i = -2; i < row.width; ++i) {
      const Fours next = column_of<1, S, Whole, false>(row, at, 0, here);
      advance(row, 1, at);
      Sums third = no_sums();
      add_column(next, filter2, first);
      add_column(next, filter1, second);
      add_column(next, filter0, third);
      if (i >= 0) [[likely]] {
        finish<1, Whole>(by, first, 1, codes);
        codes += row.pixel;
      }
      first = second;
      second = third;
    }
  } else {
    Sums sums = no_sums();
    add_column(column_of<1, S, Whole, false>(row, at, 0, here), filter0, sums);
    for (long i = 0; i < row.width; ++i, codes += row.pixel) {
      add_column(column_of<1, S, Whole, false>(row, at, 1, here), filter1, sums);
      advance(row, 2, at);
      const Fours shared = column_of<1, S, Whole, false>(row, at, 0, here);
      add_column(shared, filter2, sums);
      finish<1, Whole>(by, sums, 1, codes);
      sums = no_sums();
      add_column(shared, filter0, sums);
    }
  }
}

using RunRow = void (*)(Row, const Block&);

template <int P>
RunRow row_of(long stride, bool whole) {
  if (stride == 1) return whole ? run_row<P, 1, true> : run_row<P, 1, false>;
  return whole ? run_row<P, 2, true> : run_row<P, 2, false>;
}

inline RunRow row_of(const Block& block, long stride) {
  const bool whole = block.channels * block.pixels == kBlock;
  if (block.pixels == 4) return row_of<4>(stride, whole);
  return block.pixels == 2 ? row_of<2>(stride, whole) : row_of<1>(stride, whole);
}

}  // namespace nibble::kernels::depthwise3x3

#endif
