#include <algorithm>

#include "core/check.h"
#include "core/kernels/code_product.h"
#include "core/kernels/code_registers.h"
#include "core/kernels/interleaved_bytes.h"

namespace nibble::kernels {

#ifdef __x86_64__

namespace {

constexpr long kBlock = 64;     // channels at a time
constexpr long kColumns = 3;    // of a filter
constexpr long kRegisters = 4;  // of 16 channels each, for 64

// The three codes of a column, one below the other, and a zero become the four bytes of a lane. Packing codes
// puts lanes back in the order of channels.
NIBBLE_VNNI inline Fours column_of(__m512i top, __m512i middle, __m512i bottom) {
  return interleaved(top, middle, bottom, _mm512_setzero_si512());
}

struct Sums {
  __m512i registers[kRegisters];
};

// The weights of a column of 64 filters, as lanes hold the codes.
NIBBLE_VNNI inline Fours load(const std::int8_t* weights) {
  return {{_mm512_loadu_si512(weights), _mm512_loadu_si512(weights + kBlock),
           _mm512_loadu_si512(weights + 2 * kBlock), _mm512_loadu_si512(weights + 3 * kBlock)}};
}

NIBBLE_VNNI inline void add_column(const Fours& column, const Fours& filter, Sums& sums) {
#pragma GCC unroll 4
  for (int r = 0; r < kRegisters; ++r) add_fours(sums.registers[r], column.registers[r], filter.registers[r]);
}

NIBBLE_VNNI inline Sums no_sums() {
  const __m512i zero = _mm512_setzero_si512();
  return {{zero, zero, zero, zero}};
}

class Depthwise3x3 : public CodeProduct {
 public:
  Depthwise3x3(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
               const CodeLines& lines);
  long parts() const override { return static_cast<long>(blocks_.size()); }
  void run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const override;

 private:
  struct Block {
    long first, channels;
    std::vector<std::int8_t> weights;  // [3 columns, 4 registers, 16 lanes, 4 bytes]
    std::vector<float> gain, addend;   // [4 registers, 16 lanes]
  };
  // Where the three rows that an output row reads begin, and from column to column: nowhere in the border.
  struct Rows {
    const std::uint8_t* begin[3];
    long step[3];
  };

  NIBBLE_VNNI Fours column(const Rows& rows, const Block& block, __mmask64 here, long w) const;
  NIBBLE_VNNI void finish(const Block& block, const Sums& sums, std::uint8_t* codes) const;
  NIBBLE_VNNI void run_row(const Rows& rows, const Block& block, std::uint8_t* codes) const;

  IntegerConv2dProblem problem_;
  long height_, width_;  // of the output
  int lo_, hi_;
  std::vector<std::uint8_t> border_;  // a pixel
  std::vector<Block> blocks_;
};

Depthwise3x3::Depthwise3x3(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
                           const CodeLines& lines)
    : problem_(problem),
      lo_(lines.lo),
      hi_(lines.hi),
      border_(static_cast<std::size_t>(problem.image[2]), static_cast<std::uint8_t>(problem.border)) {
  const Shape& image = problem.image;
  const Shape y = conv2d_output_shape({1, image[0], image[1], image[2]}, problem.weight, problem.geometry,
                                      "depthwise product");
  height_ = y[1];
  width_ = y[2];
  for (long first = 0; first < y[3]; first += kBlock) {
    Block block{first, std::min(kBlock, y[3] - first),
                std::vector<std::int8_t>(static_cast<std::size_t>(kColumns * kRegisters * kBlock)),
                std::vector<float>(static_cast<std::size_t>(kBlock)),
                std::vector<float>(static_cast<std::size_t>(kBlock))};
    for (long c = 0; c < block.channels; ++c) {
      const auto channel = static_cast<std::size_t>(first + c), at = static_cast<std::size_t>(lane_of(c));
      block.gain[at] = lines.gain[channel];
      block.addend[at] = lines.addend[channel];
      for (std::size_t tap = 0; tap < 9; ++tap)
        block.weights[(tap % 3 * kBlock + at) * 4 + tap / 3] = weights[channel * 9 + tap];
    }
    blocks_.push_back(std::move(block));
  }
}

inline Fours Depthwise3x3::column(const Rows& rows, const Block& block, __mmask64 here, long w) const {
  if (w < 0 || w >= problem_.image[1]) {
    const __m512i border = _mm512_set1_epi8(static_cast<char>(problem_.border));
    return column_of(border, border, border);
  }
  const auto code = [&](int r) { return rows.begin[r] + w * rows.step[r] + block.first; };
  return column_of(_mm512_maskz_loadu_epi8(here, code(0)), _mm512_maskz_loadu_epi8(here, code(1)),
                   _mm512_maskz_loadu_epi8(here, code(2)));
}

inline void Depthwise3x3::finish(const Block& block, const Sums& sums, std::uint8_t* codes) const {
  const float *const gain = block.gain.data(), *const addend = block.addend.data();
  __m512i lines[kRegisters];
  for (int r = 0; r < kRegisters; ++r) lines[r] = on_lines(sums.registers[r], gain + r * 16, addend + r * 16);
  store_codes(as_codes(lines[0], lines[1], lines[2], lines[3], code_limits(lo_, hi_)), block.channels, codes);
}

// Each column is interleaved once and belongs to as many outputs as windows overlap there.
void Depthwise3x3::run_row(const Rows& rows, const Block& block, std::uint8_t* codes) const {
  const __mmask64 here = first_bytes(block.channels);
  const std::int8_t* const weights = block.weights.data();
  constexpr long kColumn = kRegisters * kBlock;
  const Fours filter0 = load(weights), filter1 = load(weights + kColumn),
              filter2 = load(weights + 2 * kColumn);
  const long channels = problem_.image[2];
  long w = -problem_.geometry.padding.w;
  codes += block.first;
  if (problem_.geometry.stride.w == 1) {
    Sums first = no_sums(),
         second = no_sums();  // the output that ends with the next column, and its follower
    const Fours left = column(rows, block, here, w), right = column(rows, block, here, w + 1);
    add_column(left, filter0, first);
    add_column(right, filter1, first);
    add_column(right, filter0, second);
    w += 2;
    for (long i = 0; i < width_; ++i, ++w, codes += channels) {
      const Fours next = column(rows, block, here, w);
      Sums third = no_sums();
      add_column(next, filter2, first);
      add_column(next, filter1, second);
      add_column(next, filter0, third);
      finish(block, first, codes);
      first = second;
      second = third;
    }
  } else {
    Sums sums = no_sums();
    add_column(column(rows, block, here, w), filter0, sums);
    for (long i = 0; i < width_; ++i, codes += channels) {
      add_column(column(rows, block, here, ++w), filter1, sums);
      const Fours shared = column(rows, block, here, ++w);
      add_column(shared, filter2, sums);
      finish(block, sums, codes);
      sums = no_sums();
      add_column(shared, filter0, sums);
    }
  }
}

void Depthwise3x3::run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const {
  const Shape& image = problem_.image;
  const long channels = image[2];
  for (long row = rows.begin; row < rows.end; ++row) {
    const long n = row / height_, first = row % height_ * problem_.geometry.stride.h;
    Rows read;
    for (long k = 0; k < 3; ++k) {
      const long h = first + k * problem_.geometry.dilation.h - problem_.geometry.padding.h;
      const bool inside = h >= 0 && h < image[0];
      read.begin[k] = inside ? x + (n * image[0] + h) * image[1] * channels : border_.data();
      read.step[k] = inside ? channels : 0;
    }
    for (long b = parts.begin; b < parts.end; ++b)
      run_row(read, blocks_[static_cast<std::size_t>(b)], codes + row * width_ * channels);
  }
}

}  // namespace

bool depthwise3x3_fits(const IntegerConv2dProblem& problem) {
  const Conv2dGeometry& geometry = problem.geometry;
  const Shape& w = problem.weight;
  return has_vnni() && geometry.groups == w[0] && geometry.groups == problem.image[2] && w[1] == 3 &&
         w[2] == 3 && w[3] == 1 && geometry.dilation.w == 1 && geometry.stride.w <= 2;
}

std::unique_ptr<CodeProduct> depthwise3x3_product(const IntegerConv2dProblem& problem,
                                                  const std::vector<std::int8_t>& weights,
                                                  const CodeLines& lines) {
  return std::make_unique<Depthwise3x3>(problem, weights, lines);
}

#else

bool depthwise3x3_fits(const IntegerConv2dProblem&) { return false; }

std::unique_ptr<CodeProduct> depthwise3x3_product(const IntegerConv2dProblem&,
                                                  const std::vector<std::int8_t>&, const CodeLines&) {
  fail("depthwise product: this processor has no byte products, expected depthwise3x3_fits to be asked");
}

#endif

}  // namespace nibble::kernels
