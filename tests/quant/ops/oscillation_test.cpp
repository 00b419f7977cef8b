#include "quant/ops/oscillation.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::oscillation_test {
namespace {

LiveGrid four_bits(const Tensor& scales) { return {Grid::signed_bits(4), Var(scales), {}}; }

// Of each number of w: the value of its code.
Tensor rounded(const Tensor& w, const LiveGrid& grid) {
  Tensor values = begin_history(w, grid).code;
  const long row = w.size() / grid.scale.value().size();
  for (long i = 0; i < w.size(); ++i) values[i] *= grid.scale.value()[i / row];
  return values;
}

// strength · Σ (ŵ − clip(w))², in double, for a ŵ that stays.
double penalty(const Tensor& w, const Tensor& fixed, const LiveGrid& grid, double strength) {
  const long row = w.size() / grid.scale.value().size();
  double sum = 0;
  for (long i = 0; i < w.size(); ++i) {
    const double scale = static_cast<double>(grid.scale.value()[i / row]);
    const double clipped =
        std::min(std::max(static_cast<double>(w[i]), scale * grid.grid.lo), scale * grid.grid.hi);
    sum += std::pow(static_cast<double>(fixed[i]) - clipped, 2);
  }
  return strength * sum;
}

// A weight of one number on a grid of scale 1, after each of these values.
CodeHistory after(const std::vector<Real>& values, const FollowOptions& how) {
  const LiveGrid grid = four_bits(Tensor({1}, {1}));
  CodeHistory history = begin_history(Tensor({1}, {values.front()}), grid);
  for (std::size_t i = 1; i < values.size(); ++i) {
    Tensor w({1}, {values[i]});
    follow_codes(w, grid, history, how);
  }
  return history;
}

}  // namespace

TEST_CASE("damping_adds_the_gradient_of_its_penalty") {
  for (const Tensor& scales : {Tensor({1}, {0.25}), Tensor({3}, {0.25, 0.5, 1})}) {
    const LiveGrid grid = four_bits(scales);
    Tensor w = uniform({3, 40}, 5);
    for (Real& value : w) value *= 3;  // beyond both ends of the first grid
    const Tensor before = uniform(w.shape(), 6), fixed = rounded(w, grid);
    Tensor gradient = before.clone();
    add_damping(w, grid, 0.5, gradient);
    // The penalty is quadratic, so that central differences are exact for any step inside of the grid.
    constexpr Real step = Real(1) / 1024;
    long outside = 0;
    for (long i = 0; i < w.size(); ++i) {
      const Real center = w[i];
      w[i] = center + step;
      const double above = penalty(w, fixed, grid, 0.5);
      w[i] = center - step;
      const double below = penalty(w, fixed, grid, 0.5);
      w[i] = center;
      const double slope = (above - below) / (2 * static_cast<double>(step));
      INFO(i << ": " << center);
      CHECK(static_cast<double>(gradient[i] - before[i]) == Approx(slope).margin(1e-5));
      if (std::abs(center) > 2) ++outside;
    }
    CHECK(outside > 10);
  }
}

TEST_CASE("damping_leaves_weights_outside_of_the_grid_and_on_their_codes") {
  Tensor gradient({1, 4}, {1, 2, 3, 4});
  add_damping(Tensor({1, 4}, {9, -20, 1.5, 2}), four_bits(Tensor({1}, {0.5})), 10, gradient);
  check_close("gradient", gradient, Tensor({1, 4}, {1, 2, 3, 4}), 0);
}

TEST_CASE("an_oscillation_is_a_change_that_goes_back_on_the_one_before") {
  const FollowOptions half{0.5, 0};
  CHECK(after({0, 1, 2, 3}, half).frequency[0] == 0);  // always up
  CHECK(after({0, 0, 0}, half).direction[0] == 0);
  CHECK(after({0, 1, 1, 2}, half).frequency[0] == 0);
  CHECK(after({0, 1, 0}, half).frequency[0] == Real(0.5));
  CHECK(after({0, 1, 1, 1, 0}, half).frequency[0] == Real(0.5));  // however long it stayed
  CHECK(after({0, 1, 0, 0}, half).frequency[0] == Real(0.25));
  CHECK(after({0, 1, 0, 1}, half).frequency[0] == Real(0.75));
  CHECK(after({0, 1, 0, -1}, half).frequency[0] == Real(0.25));  // the second step down is none
  CHECK(after({0, 1, 0, 1}, half).direction[0] == 1);
  CHECK(after({0, 4}, half).mean[0] == 2);
}

TEST_CASE("a_weight_that_oscillates_too_often_keeps_the_rounded_mean_of_its_codes_on_every_scale") {
  const FollowOptions how{0.5, 0.6};
  CHECK(after({0, 1, 0}, how).frozen[0] == 0);
  const CodeHistory history = after({4, 5, 4, 5}, how);  // means 4.5, 4.25, 4.625
  REQUIRE(history.frozen[0] == 1);
  CHECK(history.code[0] == 5);

  CodeHistory frozen = history;
  for (const Real scale : {Real(1), Real(0.5), Real(0.3)}) {
    const LiveGrid grid = four_bits(Tensor({1}, {scale}));
    Tensor w({1}, {-7});  // wherever the optimizer has put it
    CHECK(follow_codes(w, grid, frozen, {0.5, 0.6}) == 0);
    CHECK(w[0] == scale * 5);
    CHECK(begin_history(w, grid).code[0] == 5);
    CHECK(frozen.frequency[0] == history.frequency[0]);
  }
}

TEST_CASE("changes_of_codes_are_counted_and_weights_that_are_not_frozen_stay_as_they_are") {
  const LiveGrid grid = four_bits(Tensor({2}, {1, 0.5}));
  CodeHistory history = begin_history(Tensor({2, 2}, {0, 1, 0, 1}), grid);
  check_close("codes", history.code, Tensor({2, 2}, {0, 1, 0, 2}), 0);
  Tensor w({2, 2}, {0.4, 1.6, 0.3, 1.1});
  CHECK(follow_codes(w, grid, history, {0.001, 0.01}) == 2);
  check_close("weights", w, Tensor({2, 2}, {0.4, 1.6, 0.3, 1.1}), 0);
  check_close("codes", history.code, Tensor({2, 2}, {0, 2, 1, 2}), 0);
}

}  // namespace nibble::oscillation_test
