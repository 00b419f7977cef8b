#include "quant/methods/initialize.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "autograd/ops/activation.h"
#include "core/check.h"
#include "tests/support/random_tensor.h"

namespace nibble::initialize_test {
namespace {

ScaleShift first_grid(const Tensor& x, Grid grid, bool with_shift, Initialization initialization,
                      bool weight = false, double percentile = 99.9) {
  return initial_grid(x.data(), x.size(), grid, with_shift,
                      {.weight = weight, .initialization = initialization, .percentile = percentile});
}

double error(const Tensor& x, Grid grid, const ScaleShift& at) {
  return quantization_error(x.data(), x.size(), grid, at);
}

Tensor normal(long count, float deviation = 1) {
  Rng rng(5);
  Tensor x({count});
  for (Real& v : x) v = static_cast<Real>(deviation * rng.normal());
  return x;
}

// The least error over all ranges whose ends are 1/60 of the span apart; an independent, slow search.
double least_error_by_search(const Tensor& x, Grid grid, bool with_shift) {
  constexpr int steps = 60;
  const auto [lowest, highest] = std::minmax_element(x.begin(), x.end());
  const double low = with_shift ? double(*lowest) : 0,
               high = std::max(std::abs(double(*lowest)), double(*highest));
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < (with_shift ? steps : 1); ++i) {
    for (int j = i + 1; j <= steps; ++j) {
      const double from = low + (high - low) * i / steps, to = low + (high - low) * j / steps;
      const double scale = with_shift ? (to - from) / (grid.levels() - 1) : to / grid.hi;
      least = std::min(least, error(x, grid, {scale, with_shift ? from - grid.lo * scale : 0}));
    }
  }
  return least;
}

}  // namespace

TEST_CASE("min_max_reaches_both_ends_of_the_sample") {
  const Tensor x({4}, {-1, 0.5, 2, 14});
  const ScaleShift shifted = first_grid(x, {0, 15}, true, Initialization::min_max);
  CHECK(shifted.scale == Approx(1));
  CHECK(shifted.shift == Approx(-1));
  const ScaleShift on_signed_codes = first_grid(x, {-8, 7}, true, Initialization::min_max);
  CHECK(on_signed_codes.scale == Approx(1));
  CHECK(on_signed_codes.shift == Approx(7));
  const ScaleShift symmetric = first_grid(x, {-8, 7}, false, Initialization::min_max);
  CHECK(symmetric.scale == Approx(2));
  CHECK(symmetric.shift == 0);
  CHECK(first_grid(Tensor({2}, {-4, 1}), {-8, 7}, false, Initialization::min_max).scale == Approx(0.5));
}

TEST_CASE("min_max_sees_a_value_that_the_subsample_skips") {
  Tensor x({400'003});
  x[200'001] = 30;
  CHECK(first_grid(x, {0, 15}, false, Initialization::min_max).scale == Approx(2));
}

TEST_CASE("percentile_clamps_outliers") {
  Tensor x = uniform({10'000});
  x[77] = 1000;
  x[78] = -2000;
  const auto at = [&](Grid grid, bool with_shift) {
    return first_grid(x, grid, with_shift, Initialization::percentile, false, 99.5);
  };
  CHECK(at({0, 15}, true).scale == Approx(2.0 / 15).epsilon(0.02));
  CHECK(at({0, 15}, true).shift == Approx(-1).epsilon(0.02));
  CHECK(at({-8, 7}, false).scale == Approx(1.0 / 7).epsilon(0.02));
  CHECK(at({0, 15}, false).scale == Approx(1.0 / 15).epsilon(0.02));
}

TEST_CASE("percentile_of_a_sample_that_is_nearly_all_zero_keeps_the_rest_apart") {
  Tensor x({100'000});
  x[3] = 6;
  CHECK(first_grid(x, {0, 15}, true, Initialization::percentile).scale == Approx(0.4));
}

TEST_CASE("published_first_scales") {
  const Tensor x({4}, {-1, 2, 3, -4});
  CHECK(first_grid(x, {-8, 7}, false, Initialization::lsq).scale == Approx(2 * 2.5 / std::sqrt(7)));
  // mean 0, deviation √7.5
  CHECK(first_grid(x, {-8, 7}, false, Initialization::lsq_plus, true).scale ==
        Approx(3 * std::sqrt(7.5) / 8));
  const Tensor biased({2}, {1, 3});  // mean 2, deviation 1
  CHECK(first_grid(biased, {-8, 7}, false, Initialization::lsq_plus, true).scale == Approx(5.0 / 8));
}

TEST_CASE("a_method_left_to_itself_starts_as_published") {
  const Tensor x = normal(1000);
  struct Case {
    QuantMethod method;
    bool weight;
    Initialization same_as;
  };
  for (const auto& [method, weight, same_as] :
       {Case{QuantMethod::learned_scale_shift, false, Initialization::mse},
        Case{QuantMethod::learned_scale_shift, true, Initialization::mse},
        Case{QuantMethod::lsq, false, Initialization::lsq}, Case{QuantMethod::lsq, true, Initialization::lsq},
        Case{QuantMethod::lsq_plus, false, Initialization::mse},
        Case{QuantMethod::lsq_plus, true, Initialization::lsq_plus},
        Case{QuantMethod::pact, false, Initialization::mse}}) {
    QuantizerOptions options{.method = method, .weight = weight, .initialization = Initialization::own};
    const ScaleShift own = initial_grid(x.data(), x.size(), {-8, 7}, false, options);
    options.initialization = same_as;
    CAPTURE(static_cast<int>(method), weight);
    CHECK(own.scale == initial_grid(x.data(), x.size(), {-8, 7}, false, options).scale);
  }
}

TEST_CASE("least_squares_comes_near_the_best_of_a_search_and_beats_min_max") {
  struct Case {
    std::string name;
    Tensor x;
  };
  const Tensor x = normal(4000), wide = normal(4000, 2);
  for (const auto& [name, sample] :
       {Case{"normal", x}, Case{"swish", swish(Var(x)).value()}, Case{"wide swish", swish(Var(wide)).value()},
        Case{"mish", mish(Var(x)).value()}, Case{"hard swish", hard_swish(Var(x)).value()},
        Case{"leaky", leaky_relu(Var(x), Real(0.1)).value()}, Case{"relu", relu(Var(x)).value()}}) {
    for (const int bits : {2, 3, 4}) {
      for (const bool with_shift : {true, false}) {
        for (const bool is_signed : {false, true}) {
          const Grid grid = is_signed ? Grid::signed_bits(bits) : Grid::unsigned_bits(bits);
          CAPTURE(name, bits, with_shift, is_signed);
          const double found = error(sample, grid, first_grid(sample, grid, with_shift, Initialization::mse));
          const double of_range =
              error(sample, grid, first_grid(sample, grid, with_shift, Initialization::min_max));
          const double searched = least_error_by_search(sample, grid, with_shift);
          CHECK(found <= of_range);
          CHECK(10 * std::log10(found / searched) < 0.2);  // dB
        }
      }
    }
  }
}

TEST_CASE("least_squares_gives_up_an_outlier_where_that_pays") {
  Tensor x = normal(50'000);
  x[1000] = 100;  // descent from the whole range would stay there: all other values have code 0
  const ScaleShift found = first_grid(x, {-8, 7}, false, Initialization::mse);
  CHECK(found.scale < 1);  // min-max: 100 / 7
  CHECK(error(x, {-8, 7}, found) < 1.05 * least_error_by_search(x, {-8, 7}, false));
}

TEST_CASE("a_sample_of_one_value_lies_on_its_grid_with_zero") {
  for (const double value : {0.7, -0.7, 1e-20, 3e8}) {
    for (const Initialization initialization :
         {Initialization::min_max, Initialization::percentile, Initialization::mse}) {
      for (const bool with_shift : {true, false}) {
        const Grid grid{-8, 7};
        Tensor x({5});
        x.fill(static_cast<Real>(value));
        const ScaleShift at = first_grid(x, grid, with_shift, initialization);
        CAPTURE(value, with_shift, static_cast<int>(initialization), at.scale, at.shift);
        CHECK(at.scale > 0);
        CHECK(std::sqrt(error(x, grid, at)) <= 1e-6 * std::abs(value));
        CHECK(std::sqrt(error(Tensor({1}), grid, at)) <= 1e-6 * std::abs(value));
      }
    }
  }
}

TEST_CASE("a_sample_of_zeros_gets_scale_one_and_no_shift") {
  for (const Initialization initialization :
       {Initialization::min_max, Initialization::percentile, Initialization::mse, Initialization::lsq,
        Initialization::lsq_plus}) {
    for (const bool weight : {true, false}) {
      const ScaleShift at = first_grid(Tensor({9}), {-8, 7}, !weight, initialization, weight);
      CHECK(at.scale == 1);
      CHECK(at.shift == 0);
    }
  }
}

TEST_CASE("unsigned_codes_for_negative_values_still_get_a_positive_scale") {
  for (const Initialization initialization :
       {Initialization::min_max, Initialization::percentile, Initialization::mse, Initialization::lsq}) {
    CHECK(first_grid(Tensor({3}, {-3, -2, -1}), {0, 15}, false, initialization).scale > 0);
  }
}

TEST_CASE("a_sample_that_is_empty_or_not_finite_is_refused_by_position") {
  Tensor x({300'000});
  x[123'457] = std::numeric_limits<Real>::quiet_NaN();
  CHECK_THROWS_WITH(
      first_grid(x, {0, 15}, true, Initialization::mse),
      "quantizer: found nan at 123457 of the sample that it is initialized from, expected finite "
      "values");
  x[7] = std::numeric_limits<Real>::infinity();
  CHECK_THROWS_WITH(first_grid(x, {0, 15}, true, Initialization::min_max), Catch::Contains("found inf at 7"));
  CHECK_THROWS_WITH(initial_grid(x.data(), 0, {0, 15}, true, {}), Catch::Contains("found an empty sample"));
}

TEST_CASE("the_subsample_of_a_large_sample_reaches_all_channels_alike") {
  for (const long channels : {16L, 24L, 64L, 100L}) {
    Tensor x({2'000'000 / channels, channels});
    for (long i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(i % channels);
    CAPTURE(channels);
    CHECK(SortedSample(x.data(), x.size()).mean() ==
          Approx(0.5 * static_cast<double>(channels - 1)).epsilon(0.01));
  }
}

TEST_CASE("errors_from_running_sums_equal_errors_from_single_values") {
  const Tensor x = normal(3000);
  const SortedSample sorted(x.data(), x.size());
  for (const Grid grid : {Grid{0, 15}, Grid{-8, 7}, Grid{-2, 1}, Grid{-128, 127}}) {
    for (const ScaleShift at : {ScaleShift{0.2, -0.5}, ScaleShift{0.01, 0}, ScaleShift{3, 9}}) {
      CHECK(sorted.error(grid, at) == Approx(error(x, grid, at)).epsilon(1e-9));
    }
  }
}

}  // namespace nibble::initialize_test
