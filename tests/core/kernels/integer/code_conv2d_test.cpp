#include "core/kernels/integer/code_conv2d.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "core/check.h"
#include "core/parallel.h"
#include "core/simd/vnni.h"
#include "tests/core/kernels/integer_convolution.h"

namespace nibble::kernels::code_conv2d_test {
namespace {

// Lines of which many end in the clamp, at both ends. Wide ones pass so closely below whole numbers that
// lines of float, by a rounded gain or a rounded addend, make other codes of every eighth sum.
CodeLines random_lines(long channels, int lo, int hi, bool wide) {
  Rng rng(7);
  CodeLines lines{{}, {}, lo, hi, wide};
  for (long c = 0; c < channels; ++c) {
    const float gain = rng.uniform(-0.3F, 0.3F), addend = rng.uniform(-20, static_cast<float>(hi));
    if (wide) {
      const double below = c % 2 ? 1e-10 : 0;
      lines.gain.push_back(std::copysign(0.125 - below, gain));
      lines.addend.push_back(std::round(addend) - (c % 2 ? 0 : 1e-9));
    } else {
      lines.gain.push_back(gain);
      lines.addend.push_back(addend);
    }
  }
  return lines;
}

template <typename Number>
std::uint8_t code_on(const CodeLines& lines, std::size_t channel, std::int32_t sum) {
  const Number line = std::fma(static_cast<Number>(sum), static_cast<Number>(lines.gain[channel]),
                               static_cast<Number>(lines.addend[channel]));
  return static_cast<std::uint8_t>(
      std::min(std::max(line, static_cast<Number>(lines.lo)), static_cast<Number>(lines.hi)));
}

// Straight from the definitions of a sum and of a line.
std::vector<std::uint8_t> codes_by_definition(const IntegerCase& c, const std::vector<std::int8_t>& weights,
                                              const CodeLines& lines, const Array<std::uint8_t>& x,
                                              const Shape& y) {
  std::vector<std::uint8_t> codes;
  for (long i = 0; i < x.shape()[0] * y[1] * y[2]; ++i) {
    const std::uint8_t* const image = x.data() + i / (y[1] * y[2]) * c.image.count();
    for (long o = 0; o < y[3]; ++o) {
      const auto at = static_cast<std::size_t>(o);
      const std::int32_t sum = sum_at(c, weights, image, i / y[2] % y[1], i % y[2], o);
      codes.push_back(lines.wide ? code_on<double>(lines, at, sum) : code_on<float>(lines, at, sum));
    }
  }
  return codes;
}

void check_equal(const IntegerCase& c, long images, const std::vector<int>& thread_counts, int lo, int hi,
                 bool wide = false) {
  const auto weights = random_weights(c);
  const IntegerConv2dProblem problem{c.image, c.weight, c.geometry, c.border, c.top};
  if (wide && depthwise3x3_fits(problem)) return;  // asks for lines of float
  INFO(c.what << " " << c.image << " by " << c.weight);
  REQUIRE(CodeConv2d::fits(problem, wide) == has_vnni());
  if (!has_vnni()) return;  // nothing to compare: this processor does not multiply 64 bytes at once
  const CodeLines lines = random_lines(c.weight[0], lo, hi, wide);
  const auto x = random_codes({images, c.image[0], c.image[1], c.image[2]}, c.top);
  const Shape y = conv2d_output_shape(x.shape(), c.weight, c.geometry, "test");
  const auto expected = codes_by_definition(c, weights, lines, x, y);
  const auto compare = [&](const std::string& how, const std::function<void(std::uint8_t*)>& make) {
    std::vector<std::uint8_t> codes(expected.size() + 64, 77);  // nothing behind them may be touched
    make(codes.data());
    INFO(c.what << " " << c.image << " by " << c.weight << ", " << images << " images, " << how);
    CHECK(std::equal(expected.begin(), expected.end(), codes.begin()));
    CHECK(std::all_of(codes.end() - 64, codes.end(), [](int code) { return code == 77; }));
  };
  const CodeConv2d conv(problem, weights, lines);
  for (const int n : thread_counts) {
    set_threads(n);
    compare(str(n, " threads"), [&](std::uint8_t* codes) { conv.run(x, codes); });
  }
  set_threads(0);
  // A small problem is not cut for threads, so its product is cut here.
  const auto product = depthwise3x3_fits(problem)             ? depthwise3x3_product(problem, weights, lines)
                       : winograd_codes_fit(problem, weights) ? winograd_code_product(problem, weights, lines)
                                                              : direct_product(problem, weights, lines);
  for (const long n : {1L, 2L, 5L}) {
    compare(str("cut by ", n), [&](std::uint8_t* codes) {
      for (const Range& rows : cut(images * y[1], n)) {
        for (const Range& parts : cut(product->parts(), n)) product->run(x.data(), rows, parts, codes);
      }
    });
  }
}

constexpr Size2 kNone{0, 0}, kOne{1, 1}, kTwo{2, 2};

const IntegerCase kCases[] = {
    {"1x1", {6, 7, 24}, {40, 1, 1, 24}, {}},
    {"1x1 of many pixels", {40, 41, 32}, {144, 1, 1, 32}, {}},
    {"1x1 of many channels", {7, 7, 320}, {328, 1, 1, 320}, {}, 0, 15, 8},
    {"1x1, bytes", {7, 7, 960}, {24, 1, 1, 960}, {}, 0, 255, 127},
    {"1x1 for many threads", {30, 30, 64}, {192, 1, 1, 64}, {}},
    {"1x1 whose weights are shared", {3, 3, 320}, {1000, 1, 1, 320}, {}},
    {"1x1 strided", {7, 8, 24}, {40, 1, 1, 24}, {kTwo, kNone, kOne, 1}},
    {"1x1 with a border", {5, 5, 8}, {8, 1, 1, 8}, {kTwo, kOne, kOne, 1}, 9},
    {"linear", {1, 1, 300}, {10, 1, 1, 300}, {}, 0, 255, 127},
    {"3x3", {9, 11, 16}, {16, 3, 3, 16}, {kOne, kOne, kOne, 1}, 3},
    {"3x3, bytes", {9, 11, 16}, {16, 3, 3, 16}, {kOne, kOne, kOne, 1}, 128, 255, 127},
    {"3x3 of many rows", {70, 70, 16}, {32, 3, 3, 16}, {kOne, kOne, kOne, 1}, 7},
    {"3x3 strided", {10, 9, 8}, {12, 3, 3, 8}, {kTwo, kOne, kOne, 1}, 15},
    {"three channels", {20, 20, 3}, {16, 7, 7, 3}, {kTwo, {3, 3}, kOne, 1}, 100, 255, 127},
    {"three channels, many rows", {90, 61, 3}, {32, 3, 3, 3}, {kTwo, kOne, kOne, 1}, 100, 255, 127},
    {"odd channels", {7, 6, 5}, {3, 3, 3, 5}, {kOne, kOne, kOne, 1}, 2},
    {"no border, pixels left over", {8, 8, 8}, {8, 3, 3, 8}, {kTwo, kNone, kOne, 1}},
    {"dilated from row to row", {12, 12, 8}, {8, 3, 3, 8}, {kOne, {2, 1}, {2, 1}, 1}, 4},
    {"border wider than the image", {2, 2, 8}, {8, 5, 5, 8}, {kOne, {4, 4}, kOne, 1}, 11},
    {"depthwise", {9, 9, 24}, {24, 3, 3, 1}, {kOne, kOne, kOne, 24}, 6},
    {"depthwise strided", {9, 10, 96}, {96, 3, 3, 1}, {kTwo, kOne, kOne, 96}, 6, 255, 127},
    {"3x3 strided, more padding at the end", {10, 8, 8}, {12, 3, 3, 8}, {kTwo, kNone, kOne, 1, kOne}, 15},
    {"1x1, more padding at the end", {7, 8, 24}, {40, 1, 1, 24}, {kOne, kNone, kOne, 1, kOne}, 3},
    {"3x3, more padding at the end", {7, 8, 32}, {40, 3, 3, 32}, {kOne, kNone, kOne, 1, kOne}, 3, 15},
    {"depthwise, more padding at the end", {8, 10, 96}, {96, 3, 3, 1}, {kTwo, kNone, kOne, 96, kOne}, 6},
    {"depthwise strided by rows", {9, 10, 64}, {64, 3, 3, 1}, {{3, 1}, kOne, kOne, 64}, 6},
    {"depthwise, more than a block", {7, 8, 200}, {200, 3, 3, 1}, {kOne, kOne, kOne, 200}, 5, 255, 127},
    {"depthwise without a border", {5, 6, 70}, {70, 3, 3, 1}, {kOne, kNone, kOne, 70}},
    {"depthwise, border wider than the image", {1, 1, 33}, {33, 3, 3, 1}, {kOne, {3, 3}, kOne, 33}, 9},
    {"depthwise, dilated from row to row", {9, 9, 72}, {72, 3, 3, 1}, {kOne, {2, 1}, {2, 1}, 72}, 6},
    {"depthwise for many threads", {20, 20, 250}, {250, 3, 3, 1}, {kOne, kOne, kOne, 250}, 6},
    {"depthwise, more blocks than rows", {3, 80, 600}, {600, 3, 3, 1}, {kOne, kOne, kOne, 600}, 6},
    {"Winograd", {12, 14, 64}, {64, 3, 3, 64}, {kOne, kOne, kOne, 1}, 7, 15, 8},
    {"Winograd of odd sizes", {9, 7, 68}, {48, 3, 3, 68}, {kOne, kOne, kOne, 1}, 7, 15, 8},
    {"Winograd of many tiles", {40, 41, 64}, {80, 3, 3, 64}, {kOne, kOne, kOne, 1}, 15, 15, 8},
    {"Winograd without a border", {6, 9, 200}, {32, 3, 3, 200}, {}, 0, 42, 7},
    {"Winograd, border wider than the image", {1, 2, 64}, {16, 3, 3, 64}, {kOne, {3, 2}, kOne, 1}, 9, 15, 8},
    {"Winograd whose weights are shared", {3, 3, 256}, {320, 3, 3, 256}, {kOne, kOne, kOne, 1}, 1, 15, 8},
    {"depthwise of many rows", {60, 57, 32}, {32, 3, 3, 1}, {kOne, kOne, kOne, 32}, 6},
};

}  // namespace

TEST_CASE("code_conv2d_equals_its_definition_in_any_cut") {
  for (const IntegerCase& c : kCases) {
    check_equal(c, 1, {1, 2, 3, 4, 8}, 0, 15);
    check_equal(c, 3, {1, 2, 5, 6, 7}, 2, 255);
    check_equal(c, 2, {1, 3}, 0, 255, true);
  }
}

TEST_CASE("code_conv2d_of_any_remainder_of_channels_and_pixels") {
  for (long outputs = 1; outputs <= 84; ++outputs) {
    const long pixels = outputs % 27 + 1, depth = outputs % 13 + 1;
    check_equal({"1x1", {1, pixels, depth}, {outputs, 1, 1, depth}, {}, 0, 255, 127}, 1, {1}, 0, 200);
    check_equal({"depthwise",
                 {3, pixels, outputs},
                 {outputs, 3, 3, 1},
                 {kOne, kOne, kOne, static_cast<int>(outputs)},
                 3},
                1, {1}, 0, 15);
    check_equal({"depthwise, strided",
                 {4, pixels + 1, outputs},
                 {outputs, 3, 3, 1},
                 {kTwo, {1, static_cast<int>(outputs % 4 + (pixels == 1))}, kOne, static_cast<int>(outputs)},
                 2},
                1, {1}, 0, 15);
  }
  for (long pixels = 1; pixels <= 30; ++pixels) {
    for (const long outputs : {16L, 32L, 48L, 64L})
      check_equal({"1x1", {1, pixels, 12}, {outputs, 1, 1, 12}, {}}, 1, {1}, 0, 15);
  }
}

TEST_CASE("code_conv2d_leaves_groups_and_wide_filters_to_others") {
  const auto fits = [](const Shape& image, const Shape& weight, const Conv2dGeometry& geometry) {
    return CodeConv2d::fits({image, weight, geometry, 0, 15}, false);
  };
  CHECK_FALSE(fits({6, 6, 12}, {8, 3, 3, 3}, {kOne, kOne, kOne, 4}));
  CHECK_FALSE(fits({6, 6, 12}, {12, 5, 5, 1}, {kOne, kTwo, kOne, 12}));
  CHECK_FALSE(fits({9, 9, 12}, {12, 3, 3, 1}, {{3, 3}, kOne, kOne, 12}));
  CHECK_FALSE(fits({9, 9, 12}, {24, 3, 3, 1}, {kOne, kOne, kOne, 12}));
  CHECK_FALSE(fits({12, 12, 8}, {8, 3, 3, 8}, {kOne, kTwo, kTwo, 1}));
  CHECK_FALSE(CodeConv2d::fits({{9, 9, 24}, {24, 3, 3, 1}, {kOne, kOne, kOne, 24}, 0, 15}, true));
}

TEST_CASE("code_conv2d_of_no_images_writes_nothing") {
  const IntegerCase& c = kCases[0];
  const IntegerConv2dProblem problem{c.image, c.weight, c.geometry, c.border, c.top};
  const auto weights = random_weights(c);
  REQUIRE(CodeConv2d::fits(problem, false) == has_vnni());
  if (!has_vnni()) return;
  CodeConv2d(problem, weights, random_lines(40, 0, 15, false)).run(random_codes({0, 6, 7, 24}, 15), nullptr);
}

}  // namespace nibble::kernels::code_conv2d_test
