#include "edge/run/float_add.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/random.h"
#include "edge/graph/fixed_point.h"

namespace nibble::edge::float_add_test {
namespace {

IntegerAdd random_add(Rng& rng, int shift) {
  const auto fixed = [&](float lo, float hi) { return std::ldexp(rng.uniform(lo, hi), shift); };
  IntegerAdd add;
  add.line = {static_cast<std::int32_t>(fixed(-1, 1)), static_cast<std::int32_t>(fixed(-1, 1)),
              static_cast<std::int64_t>(fixed(-40, 300))};
  add.shift = shift;
  return add;
}

}  // namespace

TEST_CASE("a_float_addition_gives_the_integer_additions_code_for_every_pair_and_count") {
  Rng rng(3);
  int found = 0;
  for (int i = 0; i < 20; ++i) {
    IntegerAdd add = random_add(rng, 20 + i % 10);
    add.lo = i % 3;
    add.hi = i % 2 ? 255 : 15;
    const auto floats = equal_float_add(add, 255, 200);
    found += floats.has_value();
    if (!floats) continue;
    for (const long n : {1L, 63L, 64L, 65L, 200L}) {
      std::vector<std::uint8_t> q1, q2;
      for (long k = 0; k < n; ++k) {
        q1.push_back(static_cast<std::uint8_t>(rng.uniform(0, 256)));
        q2.push_back(static_cast<std::uint8_t>(rng.uniform(0, 201)));
      }
      std::vector<std::uint8_t> codes(q1.size() + 1, 99);
      kernels::code_add(*floats, q1.data(), q2.data(), n, codes.data());
      bool equal = codes.back() == 99;
      for (std::size_t k = 0; k < q1.size(); ++k) equal &= codes[k] == apply(add, q1[k], q2[k]);
      CHECK(equal);
    }
  }
  CHECK((found > 0) == kernels::code_add_fits());
}

TEST_CASE("an_addition_that_float_cannot_follow_is_refused") {
  Rng rng(4);
  IntegerAdd add = random_add(rng, 20);
  add.line2 = add.line;
  CHECK_FALSE(equal_float_add(add, 15, 15));
  // Steps at every code near 2²⁵, where float counts in fours.
  IntegerAdd far;
  far.shift = 4;
  far.line = {1 << 21 << 4, 16, -(std::int64_t{1} << 25 << 4)};
  CHECK_FALSE(equal_float_add(far, 16, 255));
}

}  // namespace nibble::edge::float_add_test
