#include "core/simd/lanes_math.h"

#include <catch2/catch.hpp>
#include <limits>

namespace nibble::lanes::lanes_math_test {
namespace {

// The largest difference of a function of lanes from the library's, in units of the last place of the latter.
template <typename OfLanes, typename OfOne>
double worst_units(const OfLanes& of_lanes, const OfOne& of_one, double from, double to, bool in_octaves) {
  double worst = 0;
  for (int i = 0; i < 20000; ++i) {
    const double share = i / 20000.0;
    const auto x =
        static_cast<Real>(in_octaves ? from * std::pow(to / from, share) : from + (to - from) * share);
    const Values y = of_lanes(all(x));
    const Real right = static_cast<Real>(of_one(static_cast<double>(x)));
    const Real unit =
        std::nextafter(std::abs(right), std::numeric_limits<Real>::infinity()) - std::abs(right);
    for (long k = 0; k < kCount; ++k)
      worst = std::max(worst, static_cast<double>(std::abs(y[k] - right) / std::max(unit, Real(1e-37))));
  }
  return worst;
}

}  // namespace

TEST_CASE("exp_and_log_of_lanes_are_those_of_the_library_to_two_units") {
  CHECK(worst_units([](Values v) { return exp(v); }, [](double x) { return std::exp(x); }, -80, 80, false) <=
        2);
  const auto log_of = [](double x) { return std::log(x); };
  CHECK(worst_units([](Values v) { return log(v); }, log_of, 1e-30, 1e30, true) <= 2);
  CHECK(worst_units([](Values v) { return log(v); }, log_of, 0.5, 2, false) <= 2);
  CHECK(log(all(1))[7] == 0);
}

TEST_CASE("the_logistic_function_of_lanes_ends_at_0_and_1") {
  CHECK(logistic(all(0))[0] == Real(0.5));
  CHECK(logistic(all(100))[3] == 1);
  CHECK(logistic(all(-1000))[3] == Approx(0).margin(1e-37));
}

}  // namespace nibble::lanes::lanes_math_test
