#include "edge/graph/float_line.h"

#include <catch2/catch.hpp>

#include "core/random.h"
#include "edge/graph/requantizer.h"
#include "edge/run/code_lines.h"

namespace nibble::edge::float_line_test {
namespace {

int integer_code(std::int32_t mult, std::int64_t offset, int shift, int lo, int hi, std::int64_t acc) {
  return static_cast<int>(std::clamp<std::int64_t>((acc * mult + offset) >> shift, lo, hi));
}

}  // namespace

TEST_CASE("a_proven_float_line_gives_the_integer_lines_code_for_every_accumulator") {
  Rng rng(1);
  int found = 0;
  for (int i = 0; i < 200; ++i) {
    const int shift = 20 + i % 12, lo = i % 5 == 0 ? 3 : 0, hi = i % 2 ? 255 : 15;
    const auto mult = static_cast<std::int32_t>(std::ldexp(rng.uniform(-0.3F, 0.3F), shift - i % 7));
    const auto offset = static_cast<std::int64_t>(std::ldexp(rng.uniform(-40, 300), shift));
    const AccumulatorRange range{-3000 - i, 4000 + 3 * i};
    const auto line = equal_line<float>(mult, offset, shift, lo, hi, range);
    const auto wide = equal_line<double>(mult, offset, shift, lo, hi, range);
    REQUIRE(wide);
    found += line.has_value();
    long differences = 0;
    for (std::int64_t acc = range.lo; acc <= range.hi; ++acc) {
      const int code = integer_code(mult, offset, shift, lo, hi, acc);
      differences += (line && line->code(acc, lo, hi) != code) + (wide->code(acc, lo, hi) != code);
    }
    CAPTURE(i, mult, offset, shift);
    CHECK(differences == 0);
  }
  CHECK(found > 180);
}

TEST_CASE("a_line_that_float_cannot_follow_is_refused") {
  // Steps at every accumulator near 2²⁵, where float counts in fours.
  const std::int64_t far = std::int64_t{1} << 25;
  CHECK_FALSE(equal_line<float>(1 << 10, -(far << 10), 10, 0, 255, {far, far + 255}));
  CHECK(equal_line<double>(1 << 10, -(far << 10), 10, 0, 255, {far, far + 255}));
  // The same steps near zero are no matter.
  CHECK(equal_line<float>(1 << 10, 512, 10, 0, 255, {0, 255}));
}

TEST_CASE("code_lines_are_wide_where_one_channel_has_none_of_float_and_refused_for_two_lines") {
  const std::int64_t far = std::int64_t{1} << 25;
  Requantization r;
  r.shift = 10;
  r.mult = {1 << 10, 1 << 10};
  r.offset = {512, 0};
  std::vector<AccumulatorRange> ranges(2, {0, 255});
  REQUIRE(code_lines(r, 2, ranges));
  CHECK_FALSE(code_lines(r, 2, ranges)->wide);
  CHECK(code_lines(r, 2, ranges)->gain == std::vector<double>{1, 1});
  CHECK(code_lines(r, 2, ranges)->addend == std::vector<double>{0.5, 0});
  const AccumulatorRange too_far{0, std::int64_t{1} << 31};
  CHECK_FALSE(code_lines(r, 2, std::span(&too_far, 1)));
  Requantization leaky = r;
  leaky.mult2 = leaky.mult;
  leaky.offset2 = leaky.offset;
  CHECK_FALSE(code_lines(leaky, 2, ranges));
  r.offset[1] = -(far << 10);
  ranges[1] = {far, far + 255};
  REQUIRE(code_lines(r, 2, ranges));
  CHECK(code_lines(r, 2, ranges)->wide);
  CHECK(code_lines(r, 2, ranges)->addend == std::vector<double>{0.5, -std::ldexp(1, 25)});
}

TEST_CASE("a_requantizer_equals_apply_by_float_and_by_integers") {
  constexpr long kChannels = 40;
  Requantization r;
  r.shift = 30;
  r.hi = 200;
  Rng rng(2);
  for (long c = 0; c < kChannels; ++c) {
    r.mult.push_back(static_cast<std::int32_t>(std::ldexp(rng.uniform(-0.1F, 0.1F), r.shift)));
    r.offset.push_back(static_cast<std::int64_t>(std::ldexp(rng.uniform(-50, 250), r.shift)));
  }
  std::vector<std::int32_t> sums(7 * kChannels);
  for (auto& sum : sums) sum = static_cast<std::int32_t>(rng.uniform(-3000, 3000));
  const AccumulatorRange possible{-3000, 3000};
  // Where channel 5 ends, float counts in 128s: it alone goes by integers.
  std::vector<AccumulatorRange> one_far(kChannels, possible);
  r.mult[5] = 1 << 30;
  one_far[5] = {-3000, std::int64_t{1} << 31};
  r.offset[5] = -(std::int64_t{1} << 31 << 30) + (std::int64_t{255} << 30);
  for (const bool leaky : {false, true}) {
    if (leaky) {
      r.mult2 = r.mult;
      r.offset2 = r.offset;
      for (auto& m : r.mult2) m /= -3;
    }
    const Requantizer requantize(r, kChannels, one_far);
    std::vector<std::uint8_t> codes(sums.size());
    requantize({{0, 7}, {0, kChannels}, sums.data()}, codes.data());
    std::vector<std::uint8_t> parts(sums.size());
    std::vector<std::int32_t> tail;  // channels 3 ... 39 of each pixel
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (i % kChannels >= 3) tail.push_back(sums[i]);
    }
    requantize({{0, 7}, {3, kChannels}, tail.data()}, parts.data());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const int expected = apply(r, sums[i], static_cast<long>(i % kChannels));
      CHECK(codes[i] == expected);
      if (i % kChannels >= 3) CHECK(parts[i] == expected);
    }
  }
}

}  // namespace nibble::edge::float_line_test
