#include "quant/grids/live_grid.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace nibble::live_grid_test {
namespace {

LiveGrid grid_of(Grid grid, double scale, double shift) {
  return {grid, Var(Tensor({1}, {static_cast<Real>(scale)})), Var(Tensor({1}, {static_cast<Real>(shift)}))};
}

}  // namespace

TEST_CASE("a_border_is_the_code_nearest_to_zero_or_the_lowest") {
  struct Case {
    Grid grid;
    double scale, shift;
    int nearest;
  };
  for (const auto& [grid, scale, shift, nearest] :
       {Case{{0, 15}, 0.25, 0, 0}, Case{{0, 15}, 0.25, -0.25, 1}, Case{{0, 15}, 0.25, -0.3, 1},
        Case{{0, 15}, 0.25, -0.125, 1},  // a tie: up
        Case{{0, 15}, 0.25, 1, 0},       // all values above zero
        Case{{0, 15}, 0.25, -9, 15},     // all values below zero
        Case{{-8, 7}, 0.25, 0, 0}, Case{{-8, 7}, 0.25, 1, -4}}) {
    CAPTURE(grid.lo, scale, shift);
    const LiveGrid live = grid_of(grid, scale, shift);
    CHECK(live.border_code(Border::nearest_zero) == nearest);
    CHECK(live.border_code(Border::lowest_code) == grid.lo);
    for (const Border border : {Border::nearest_zero, Border::lowest_code}) {
      CHECK(live.border_value(border).value()[0] ==
            Approx(scale * live.border_code(border) + shift).margin(1e-6));
    }
    // No other code lies nearer to zero.
    for (int code = grid.lo; code <= grid.hi; ++code) {
      CHECK(std::abs(live.affine().value(nearest)) <= std::abs(live.affine().value(code)) + Real(1e-6));
    }
  }
}

TEST_CASE("a_grid_without_a_shift_reads_as_shift_zero") {
  const LiveGrid live{{-8, 7}, Var(Tensor({1}, {Real(0.5)})), {}};
  CHECK(live.affine() == AffineGrid{{-8, 7}, Real(0.5), 0});
  CHECK(live.border_value(Border::nearest_zero).value()[0] == 0);
}

}  // namespace nibble::live_grid_test
