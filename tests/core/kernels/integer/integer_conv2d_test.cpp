#include "core/kernels/integer/integer_conv2d.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/kernels/integer/depthwise_product.h"
#include "core/kernels/integer/winograd.h"
#include "core/parallel.h"
#include "core/simd/vnni.h"
#include "tests/core/kernels/integer_convolution.h"

namespace nibble::kernels::integer_conv2d_test {
namespace {

std::vector<std::int32_t> all_sums(const IntegerConv2d& conv, const Array<std::uint8_t>& x) {
  const Shape& y = conv.output();
  std::vector<std::int32_t> sums(static_cast<std::size_t>(x.shape()[0] * y.count()), -1234567);
  conv.run(x, [&](const IntegerSums& block) {
    const std::int32_t* from = block.data;
    for (long p = block.pixels.begin; p < block.pixels.end; ++p) {
      for (long o = block.channels.begin; o < block.channels.end; ++o)
        sums[static_cast<std::size_t>(p * y[2] + o)] = *from++;
    }
  });
  return sums;
}

const IntegerCase kCases[] = {
    {"3x3", {9, 11, 16}, {16, 3, 3, 16}, {{1, 1}, {1, 1}, {1, 1}, 1}, 3},
    {"3x3, bytes", {9, 11, 16}, {16, 3, 3, 16}, {{1, 1}, {1, 1}, {1, 1}, 1}, 128, 255, 127},
    {"3x3 of many rows", {70, 70, 16}, {32, 3, 3, 16}, {{1, 1}, {1, 1}, {1, 1}, 1}, 7},
    {"Winograd of odd sizes", {9, 7, 36}, {48, 3, 3, 36}, {{1, 1}, {1, 1}, {1, 1}, 1}, 7, 15, 8},
    {"Winograd of many tiles", {40, 40, 64}, {80, 3, 3, 64}, {{1, 1}, {1, 1}, {1, 1}, 1}, 15, 15, 8},
    {"Winograd, 200 channels, no border", {6, 9, 200}, {16, 3, 3, 200}, {}, 0, 42, 7},
    {"codes too large for Winograd", {6, 6, 64}, {16, 3, 3, 64}, {{1, 1}, {1, 1}, {1, 1}, 1}, 3, 43, 7},
    {"3x3 strided", {10, 9, 8}, {12, 3, 3, 8}, {{2, 2}, {1, 1}, {1, 1}, 1}, 15},
    {"three channels", {20, 20, 3}, {16, 7, 7, 3}, {{2, 2}, {3, 3}, {1, 1}, 1}, 100, 255, 127},
    {"odd channels", {7, 6, 5}, {3, 3, 3, 5}, {{1, 1}, {1, 1}, {1, 1}, 1}, 2},
    {"1x1", {6, 7, 24}, {40, 1, 1, 24}, {}},
    {"3x3 strided, more padding at the end",
     {10, 8, 8},
     {12, 3, 3, 8},
     {{2, 2}, {0, 0}, {1, 1}, 1, {1, 1}},
     15},
    {"1x1 strided", {7, 8, 24}, {40, 1, 1, 24}, {{2, 2}, {0, 0}, {1, 1}, 1}},
    {"1x1 with a border", {5, 5, 8}, {8, 1, 1, 8}, {{2, 2}, {1, 1}, {1, 1}, 1}, 9},
    {"no border, pixels left over", {8, 8, 8}, {8, 3, 3, 8}, {{2, 2}, {0, 0}, {1, 1}, 1}},
    {"dilated", {12, 12, 8}, {8, 3, 3, 8}, {{1, 1}, {2, 2}, {2, 2}, 1}, 4},
    {"groups", {6, 6, 12}, {8, 3, 3, 3}, {{1, 1}, {1, 1}, {1, 1}, 4}, 4},
    {"depthwise", {9, 9, 24}, {24, 3, 3, 1}, {{1, 1}, {1, 1}, {1, 1}, 24}, 6},
    {"depthwise 5x5 strided", {9, 9, 24}, {24, 5, 5, 1}, {{2, 2}, {2, 2}, {1, 1}, 24}, 6, 255, 127},
    {"depthwise, more than a block", {7, 8, 200}, {200, 3, 3, 1}, {{1, 1}, {1, 1}, {1, 1}, 200}, 5, 255, 127},
    {"depthwise dilated", {9, 9, 72}, {72, 3, 3, 1}, {{1, 1}, {2, 2}, {2, 2}, 72}, 6},
    {"border wider than the image", {2, 2, 8}, {8, 5, 5, 8}, {{1, 1}, {4, 4}, {1, 1}, 1}, 11},
    {"weights shared among threads", {3, 3, 256}, {128, 3, 3, 256}, {{1, 1}, {1, 1}, {1, 1}, 1}, 1},
    {"linear", {1, 1, 300}, {10, 1, 1, 300}, {}, 0, 255, 127},
};

}  // namespace

TEST_CASE("integer_conv2d_equals_its_definition_in_any_cut") {
  for (const IntegerCase& c : kCases) {
    const auto weights = random_weights(c);
    const IntegerConv2d conv({c.image, c.weight, c.geometry, c.border, c.top}, weights);
    for (const long images : {1L, 5L}) {
      const auto x = random_codes({images, c.image[0], c.image[1], c.image[2]}, c.top);
      const Shape& y = conv.output();
      for (const int n : {1, 2, 4}) {
        set_threads(n);
        const auto sums = all_sums(conv, x);
        long differences = 0;
        for (long i = 0; i < x.shape()[0] * y.count(); ++i) {
          const long o = i % y[2], ow = i / y[2] % y[1], oh = i / y[2] / y[1] % y[0], image = i / y.count();
          differences += sums[static_cast<std::size_t>(i)] !=
                         sum_at(c, weights, x.data() + image * c.image.count(), oh, ow, o);
        }
        INFO(c.what << ", " << images << " images, " << n << " threads");
        CHECK(differences == 0);
      }
    }
  }
  set_threads(0);
}

TEST_CASE("winograd_equals_plain_loops_and_asks_for_room_in_a_byte") {
  const IntegerCase c{"", {10, 13, 40}, {32, 3, 3, 40}, {}, 0, 15, 8};
  const IntegerWeights weights{random_weights(c), c.weight};
  const Conv2dGeometry strided{{2, 2}, {0, 0}, {1, 1}, 1};
  CHECK_FALSE(winograd_fits(weights, strided, 15));
  CHECK_FALSE(winograd_fits(weights, c.geometry, 255));
  CHECK_FALSE(winograd_fits({std::vector<std::int8_t>(32 * 9 * 40, 127), c.weight}, c.geometry, 15));
  REQUIRE(winograd_fits(weights, c.geometry, 15) == has_vnni());
  if (!has_vnni()) return;  // nothing to compare: this processor does not multiply 64 bytes at once
  const auto x = random_codes({3, 10, 13, 40}, 15);
  Array<std::int32_t> fast({3, 8, 11, 32}), slow({3, 8, 11, 32});
  winograd_product(weights, 15)->run(x.data(), x.shape(), fast.data());
  plain::integer_product(weights, c.geometry)->run(x.data(), x.shape(), slow.data());
  CHECK(std::equal(fast.begin(), fast.end(), slow.begin()));
}

TEST_CASE("depthwise_equals_plain_loops") {
  const IntegerCase c{"", {10, 13, 100}, {100, 5, 5, 1}, {{2, 1}, {0, 0}, {1, 1}, 100}, 0, 255, 127};
  const IntegerWeights weights{random_weights(c), c.weight};
  CHECK_FALSE(
      depthwise_fits({std::vector<std::int8_t>(100 * 9 * 2), {100, 3, 3, 2}}, {{1, 1}, {0, 0}, {1, 1}, 50}));
  REQUIRE(depthwise_fits(weights, c.geometry) == has_vnni());
  if (!has_vnni()) return;  // nothing to compare: this processor does not multiply 64 bytes at once
  const auto x = random_codes({3, 10, 13, 100}, 255);
  Array<std::int32_t> fast({3, 3, 9, 100}), slow({3, 3, 9, 100});
  depthwise_product(weights, c.geometry)->run(x.data(), x.shape(), fast.data());
  plain::integer_product(weights, c.geometry)->run(x.data(), x.shape(), slow.data());
  CHECK(std::equal(fast.begin(), fast.end(), slow.begin()));
}

TEST_CASE("integer_conv2d_of_no_images_has_no_sums") {
  const IntegerCase& c = kCases[0];
  const IntegerConv2d conv({c.image, c.weight, c.geometry, c.border, c.top}, random_weights(c));
  CHECK(all_sums(conv, random_codes({0, 9, 11, 16}, 15)).empty());
}

TEST_CASE("integer_conv2d_refuses_shapes_that_do_not_fit") {
  CHECK_THROWS(IntegerConv2d({{4, 4, 8}, {8, 3, 3, 7}, {}, 0, 15}, std::vector<std::int8_t>(8 * 9 * 7)));
}

}  // namespace nibble::kernels::integer_conv2d_test
