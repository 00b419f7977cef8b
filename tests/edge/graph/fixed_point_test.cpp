#include "edge/graph/fixed_point.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/check.h"
#include "core/random.h"

namespace nibble::edge::fixed_point_test {
namespace {

__extension__ typedef __int128 Int128;

double magnitude_up_to(Rng& rng, double exponent) {
  return std::exp2(rng.uniform(-static_cast<float>(exponent), static_cast<float>(exponent)));
}

}  // namespace

TEST_CASE("apply_agrees_with_128_bit_arithmetic") {
  Rng rng(1);
  for (int trial = 0; trial < 300; ++trial) {
    const AccumulatorRange range{-static_cast<std::int64_t>(rng.below(1u << 31)),
                                 static_cast<std::int64_t>(rng.below(1u << 31))};
    const double m = magnitude_up_to(rng, 30) * (rng.below(2) ? 1 : -1),
                 a = magnitude_up_to(rng, 20) * (rng.below(2) ? 1 : -1);
    const Requantization r = fixed_point({{m}, {a}}, {{0.1 * m}, {0.1 * a}}, {&range, 1}, 0, 255, "test");
    REQUIRE(r.shift >= 0);
    REQUIRE(r.shift <= 62);
    for (int i = 0; i < 50; ++i) {
      const std::int64_t acc =
          i == 0 ? range.lo
          : i == 1
              ? range.hi
              : range.lo +
                    static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(range.hi - range.lo + 1)));
      const Int128 product = Int128{acc} * r.mult[0] + r.offset[0],
                   second = Int128{acc} * r.mult2[0] + r.offset2[0];
      CHECK(product < (Int128{1} << 62));
      CHECK(product > -(Int128{1} << 62));
      const Int128 code = std::max(product >> r.shift, second >> r.shift);
      CHECK(apply(r, acc, 0) == static_cast<int>(std::clamp<Int128>(code, 0, 255)));
    }
  }
}

TEST_CASE("codes_are_the_floor_of_the_real_line_except_within_the_rounding_of_the_multiplier") {
  Rng rng(2);
  long different = 0, total = 0;
  for (int trial = 0; trial < 100; ++trial) {
    const AccumulatorRange range{-50000, 50000};
    const double m = rng.uniform(-0.02f, 0.02f), a = rng.uniform(-5, 20);
    const Requantization r = fixed_point({{m}, {a}}, {}, {&range, 1}, 0, 255, "test");
    for (std::int64_t acc = range.lo; acc <= range.hi; acc += 7, ++total) {
      const long double exact = std::floor(static_cast<long double>(m) * static_cast<long double>(acc) + a);
      const int expected = static_cast<int>(std::clamp(exact, 0.0L, 255.0L));
      different += apply(r, acc, 0) != expected;
    }
  }
  INFO(different << " of " << total);
  CHECK(different <= total / 100000);
}

TEST_CASE("the_shift_is_as_large_as_both_bounds_allow") {
  const AccumulatorRange range{-1000, 1000};
  for (const double m : {0.001, 0.01, 0.4, 5.0, 1000.0, 2e6}) {
    const Requantization r = fixed_point({{m}, {0.5}}, {}, {&range, 1}, 0, 255, "test");
    const double flattest = std::min(m, 256.5);  // with the same codes: 0.5 at 0, 257 at 1
    const auto at = [&](int n) { return std::floor(std::ldexp(flattest, n) + 0.5); };
    CHECK(r.mult[0] == at(r.shift));
    const bool one_more_fits = r.shift < 62 && at(r.shift + 1) < 2147483648.0 &&
                               at(r.shift + 1) * 1000 + std::ldexp(0.5, r.shift + 1) < std::ldexp(1.0, 62);
    CHECK_FALSE(one_more_fits);
  }
}

TEST_CASE("a_multiplier_too_small_to_matter_leaves_the_offset") {
  const AccumulatorRange range{-10, 10};
  const Requantization r = fixed_point({{1e-30}, {7.5}}, {}, {&range, 1}, 0, 15, "test");
  CHECK(apply(r, 10, 0) == 7);
  CHECK(apply(r, -10, 0) == 7);
}

TEST_CASE("halves_round_up") {
  const AccumulatorRange range{-8, 8};
  const Requantization r = fixed_point({{0.5}, {0.5 + 4}}, {}, {&range, 1}, 0, 15, "test");
  for (int acc = -8; acc <= 8; ++acc)
    CHECK(apply(r, acc, 0) == static_cast<int>(std::floor(0.5 * acc + 4 + 0.5)));
}

TEST_CASE("a_channel_that_is_always_clamped_becomes_a_constant_and_costs_no_precision") {
  const std::vector<AccumulatorRange> ranges(3, {-100, 100});
  const Requantization r = fixed_point({{0.01, 1e9, 1e9}, {1.0, -1e12, 1e12}}, {}, ranges, 2, 15, "test");
  CHECK(r.mult[1] == 0);
  CHECK(r.mult[2] == 0);
  CHECK(r.shift > 30);
  for (const int acc : {-100, 0, 100}) {
    CHECK(apply(r, acc, 1) == 2);
    CHECK(apply(r, acc, 2) == 15);
  }
}

TEST_CASE("a_filter_of_zeros_costs_the_other_channels_no_precision") {
  const AccumulatorRange ranges[] = {{-1000, 1000}, {0, 0}};
  const Requantization alone = fixed_point({{0.01}, {0.5}}, {}, {ranges, 1}, 0, 255, "test");
  for (const RealLine& second : {RealLine{}, RealLine{{0.001, 4e8}, {0.5, 3.5}}}) {
    const Requantization r = fixed_point({{0.01, 4e9}, {0.5, 3.5}}, second, ranges, 0, 255, "test");
    CHECK(r.shift >= alone.shift);
    CHECK(r.mult[1] == 0);
    CHECK(apply(r, 0, 1) == 3);
  }
}

TEST_CASE("a_tiny_filter_keeps_its_codes_and_costs_the_other_channels_little") {
  Rng rng(3);
  const AccumulatorRange ranges[] = {{-50000, 50000}, {-40, 40}};
  for (int trial = 0; trial < 200; ++trial) {
    const double m = (rng.below(2) ? 1 : -1) * std::exp2(rng.uniform(5, 30)), zero_at = rng.uniform(-42, 42),
                 a = -m * zero_at + rng.uniform(0, 15);
    const Requantization r = fixed_point({{2e-4, m}, {0.5, a}}, {}, ranges, 0, 15, "test");
    CAPTURE(m, a);
    CHECK(r.shift >= 25);
    for (std::int64_t acc = -40; acc <= 40; ++acc) {
      const long double exact = std::floor(static_cast<long double>(m) * static_cast<long double>(acc) + a);
      CHECK(apply(r, acc, 1) == static_cast<int>(std::clamp(exact, 0.0L, 15.0L)));
    }
  }
}

TEST_CASE("multipliers_beyond_every_shift_are_refused") {
  const AccumulatorRange range{-100, 100};
  CHECK_THROWS_WITH(
      fixed_point({{1e12}, {0}}, {{1e11}, {0}}, {&range, 1}, 0, 15, "lower: node 'x'"),
      "lower: node 'x': found a multiplier or an offset beyond 32 and 62 bits, expected scales that "
      "are closer together");
  CHECK_THROWS_WITH(fixed_point({{std::nan("")}, {0}}, {}, {&range, 1}, 0, 15, "x"),
                    Catch::Contains("found multiplier nan"));
}

TEST_CASE("gates_are_the_floor_of_their_real_sums_and_never_leave_64_bits") {
  Rng rng(6);
  long different = 0, total = 0;
  for (int trial = 0; trial < 100; ++trial) {
    const AccumulatorRange x{-20000, 30000}, h{-9000, 50};
    RealGateLines lines;
    for (int row = 0; row < 3; ++row) {
      lines.input.push_back(magnitude_up_to(rng, 4) * (rng.below(2) ? 1 : -1));
      lines.recurrent.push_back(magnitude_up_to(rng, 4) * (rng.below(2) ? 1 : -1));
      lines.addend.push_back(rng.uniform(-30000, 30000));
    }
    lines.candidate = {rng.uniform(-1e6f, 1e6f)};
    const std::vector<AccumulatorRange> xs(3, x), hs(3, h);
    const GateLines integers = fixed_point(lines, xs, hs, "test");
    REQUIRE(integers.candidate_offset.size() == 1);
    for (std::size_t row = 0; row < 3; ++row) {
      for (int i = 0; i < 40; ++i, ++total) {
        const auto acc_x = i == 0 ? x.lo : i == 1 ? x.hi : x.lo + static_cast<std::int64_t>(rng.below(50001));
        const auto acc_h = i == 0 ? h.lo : i == 1 ? h.hi : h.lo + static_cast<std::int64_t>(rng.below(9051));
        const Int128 sum = Int128{acc_x} * integers.input_mult[row] +
                           Int128{acc_h} * integers.recurrent_mult[row] + integers.offset[row];
        CHECK(sum < (Int128{1} << 62));
        CHECK(sum > -(Int128{1} << 62));
        const long double exact =
            std::floor(static_cast<long double>(lines.input[row]) * acc_x +
                       static_cast<long double>(lines.recurrent[row]) * acc_h + lines.addend[row]);
        const auto limited = [](long double v) { return std::clamp(v, -32768.0L, 32767.0L); };
        const long double found = static_cast<long double>(static_cast<std::int64_t>(sum >> integers.shift));
        CHECK(std::abs(limited(found) - limited(exact)) <= 1);
        different += limited(found) != limited(exact);
      }
    }
  }
  INFO(different << " of " << total);
  CHECK(different <= 2);
}

TEST_CASE("the_shift_of_gates_is_as_large_as_their_bounds_allow") {
  const AccumulatorRange range{-1000, 1000};
  for (const double m : {0.001, 0.4, 5.0, 1000.0}) {
    const GateLines g = fixed_point({{m}, {0.5 * m}, {0.5}, {}}, {&range, 1}, {&range, 1}, "test");
    const auto at = [&](double v, int n) { return std::floor(std::ldexp(v, n) + 0.5); };
    CHECK(g.input_mult[0] == at(m, g.shift));
    CHECK(g.recurrent_mult[0] == at(0.5 * m, g.shift));
    const int n = g.shift + 1;
    CHECK((g.shift == 62 || at(m, n) >= 2147483648.0 ||
           (at(m, n) + at(0.5 * m, n)) * 1000 + std::ldexp(0.5, n) >= std::ldexp(1.0, 62)));
  }
  CHECK_THROWS_WITH(fixed_point({{1.0}, {std::nan("")}, {0}, {}}, {&range, 1}, {&range, 1}, "x"),
                    Catch::Contains("x: found multipliers 1 and nan"));
}

TEST_CASE("accumulator_ranges_sum_each_sign_on_its_own") {
  const std::vector<std::int8_t> weights{-8, 7, 0, 1, 2, 3, -1, -1, -1};
  const auto ranges = accumulator_ranges(weights, 3, 15);
  CHECK(ranges[0].lo == -120);
  CHECK(ranges[0].hi == 105);
  CHECK(ranges[1].lo == 0);
  CHECK(ranges[1].hi == 90);
  CHECK(ranges[2].lo == -45);
  CHECK(ranges[2].magnitude() == 45);
}

TEST_CASE("additions_agree_with_long_double_on_all_pairs_of_codes") {
  const double m1 = 0.37, m2 = -0.21, a = 4.5;
  const RealAddLine line{m1, m2, a}, second{0.1 * m1, 0.1 * m2, 1.5};
  const RealAddLine both[] = {line, second};
  const IntegerAdd one = fixed_point({&line, 1}, 255, 255, 0, 15, "test"),
                   two = fixed_point(both, 255, 255, 0, 15, "test");
  for (int q1 = 0; q1 <= 255; ++q1) {
    for (int q2 = 0; q2 <= 255; ++q2) {
      const double v = m1 * q1 + m2 * q2 + a, v2 = 0.1 * (m1 * q1 + m2 * q2) + 1.5;
      if (std::abs(v - std::round(v)) < 1e-6 || std::abs(v2 - std::round(v2)) < 1e-6)
        continue;  // ties may go either way
      CHECK(apply(one, q1, q2) == static_cast<int>(std::clamp(std::floor(v), 0.0, 15.0)));
      CHECK(apply(two, q1, q2) == static_cast<int>(std::clamp(std::floor(std::max(v, v2)), 0.0, 15.0)));
    }
  }
}

}  // namespace nibble::edge::fixed_point_test
