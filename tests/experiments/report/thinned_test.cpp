#include "experiments/report/thinned.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

namespace nibble::report::thinned_test {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinite = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("a_short_curve_stays_as_it_is") {
  const ThinnedSeries series = thinned({3, 1, 2}, 3);
  CHECK(series.mean == std::vector<double>{3, 1, 2});
  CHECK(series.low.empty());
  CHECK(series.high.empty());
  CHECK(thinned({}, 3).mean.empty());
}

TEST_CASE("a_long_curve_is_cut_into_parts_with_mean_lowest_and_highest") {
  const ThinnedSeries series = thinned({1, 2, 3, 4, 5, 9, 7}, 3);  // 1 2 | 3 4 | 5 9 7
  CHECK(series.mean == std::vector<double>{1.5, 3.5, 7});
  CHECK(series.low == std::vector<double>{1, 3, 5});
  CHECK(series.high == std::vector<double>{2, 4, 9});
  CHECK(thinned_axis({10, 20, 30, 40, 50, 60, 70}, 3) == std::vector<double>{15, 35, 60});
}

TEST_CASE("every_value_belongs_to_one_part") {
  for (std::size_t size = 1; size <= 50; ++size) {
    for (std::size_t parts = 1; parts <= size; ++parts) {
      CHECK(part_begin(0, parts, size) == 0);
      CHECK(part_begin(parts, parts, size) == size);
      for (std::size_t part = 0; part < parts; ++part)
        CHECK(part_begin(part, parts, size) < part_begin(part + 1, parts, size));
    }
  }
}

TEST_CASE("values_that_were_not_measured_are_passed_over_and_infinite_ones_counted") {
  const ThinnedSeries series = thinned({1, kNone, 5, kInfinite, kNone, -kInfinite}, 3);
  CHECK(series.mean[0] == 1);
  CHECK(series.mean[1] == 5);
  CHECK(std::isnan(series.mean[2]));
  CHECK(std::isnan(series.low[2]));
  CHECK(series.low[0] == 1);
  CHECK(series.high[1] == 5);
  CHECK(series.infinite == 2);
}

}  // namespace nibble::report::thinned_test
