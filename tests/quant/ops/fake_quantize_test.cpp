#include "quant/ops/fake_quantize.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "autograd/ops/elementwise.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::fake_quantize_test {
namespace {

constexpr Real kInfinity = std::numeric_limits<Real>::infinity();

struct Result {
  Tensor y, dx, ds, db;
};

// Forward and backward; an empty shift is none.
Result run(const Tensor& x, const Tensor& scale, const Tensor& shift, Grid grid, const Tensor& dy) {
  const Var vx(x, true), vs(scale, true), vb = shift.empty() ? Var() : Var(shift, true);
  const Var y = fake_quantize(vx, vs, vb, grid);
  const Tensor value = y.value();
  backward(y, dy);
  return {value, vx.gradient(), vs.gradient(), shift.empty() ? Tensor() : vb.gradient()};
}

// The definition, element by element and in double: the slow twin.
Result by_definition(const Tensor& x, const Tensor& scale, const Tensor& shift, Grid grid, const Tensor& dy) {
  Result r{Tensor(x.shape()), Tensor(x.shape()), Tensor(scale.shape()), Tensor({1})};
  const long row = x.size() / scale.size();
  double db = 0;
  for (long c = 0; c < scale.size(); ++c) {
    const AffineGrid at{grid, scale[c], shift[0]};
    double ds = 0;
    for (long i = c * row; i < (c + 1) * row; ++i) {
      const Real t = at.position(x[i]), q = static_cast<Real>(at.code(x[i]));
      const bool inside = grid.contains(t);
      r.y[i] = at.scale * q + at.shift;
      r.dx[i] = inside ? dy[i] : 0;
      ds += static_cast<double>(dy[i]) * static_cast<double>(inside ? q - t : q);
      db += inside ? 0 : static_cast<double>(dy[i]);
    }
    r.ds[c] = static_cast<Real>(ds);
  }
  r.db[0] = static_cast<Real>(db);
  return r;
}

}  // namespace

TEST_CASE("fake_quantize_agrees_with_hand_computed_values_at_ends_zero_and_ties") {
  struct Case {
    Grid grid;
    double scale, shift, x, value, dx, ds, db;  // gradients for dy = 1
  };
  const Grid u4{0, 15}, s4{-8, 7}, s2{-2, 1};
  const double inf = std::numeric_limits<double>::infinity();
  for (const Case& c : {
           // [0, 15] in steps of 1/2 from −1 on
           Case{u4, 0.5, -1, -1, -1, 1, 0, 0},        // t = 0, the lower end, counts as inside
           Case{u4, 0.5, -1, -1.125, -1, 0, 0, 1},    // t = −1/4: clamped, though it would round to 0
           Case{u4, 0.5, -1, -inf, -1, 0, 0, 1},      //
           Case{u4, 0.5, -1, 0, 0, 1, 0, 0},          // t = 2
           Case{u4, 0.5, -1, 0.125, 0, 1, -0.25, 0},  // t = 2 1/4
           Case{u4, 0.5, -1, 0.25, 0.5, 1, 0.5, 0},   // t = 2 1/2, a tie: up
           Case{u4, 0.5, -1, -0.25, 0, 1, 0.5, 0},    // t = 1 1/2, a tie: up
           Case{u4, 0.5, -1, 6.5, 6.5, 1, 0, 0},      // t = 15, the upper end
           Case{u4, 0.5, -1, 6.625, 6.5, 0, 15, 1},   // t = 15 1/4: clamped
           Case{u4, 0.5, -1, inf, 6.5, 0, 15, 1},     //
           // [−8, 7] in steps of 1/4
           Case{s4, 0.25, 0, -2, -2, 1, 0, 0},           // t = −8
           Case{s4, 0.25, 0, -2.0625, -2, 0, -8, 1},     // t = −8 1/4
           Case{s4, 0.25, 0, -0.375, -0.25, 1, 0.5, 0},  // t = −1 1/2: up, to −1
           Case{s4, 0.25, 0, -0.125, 0, 1, 0.5, 0},      // t = −1/2: up, to 0
           Case{s4, 0.25, 0, 0, 0, 1, 0, 0},             //
           Case{s4, 0.25, 0, 0.125, 0.25, 1, 0.5, 0},    // t = 1/2
           Case{s4, 0.25, 0, 1.75, 1.75, 1, 0, 0},       // t = 7
           Case{s4, 0.25, 0, 1.8125, 1.75, 0, 7, 1},     // t = 7 1/4
           // [−2, 1] in steps of 2 from 1 on
           Case{s2, 2, 1, -3, -3, 1, 0, 0},  // t = −2
           Case{s2, 2, 1, 9, 3, 0, 1, 1},    // t = 4
       }) {
    CAPTURE(c.grid.lo, c.grid.hi, c.scale, c.shift, c.x);
    const auto one = [](double v) { return Tensor({1}, {static_cast<Real>(v)}); };
    const Result r = run(one(c.x), one(c.scale), one(c.shift), c.grid, one(-2));
    CHECK(r.y[0] == static_cast<Real>(c.value));
    CHECK(r.dx[0] == static_cast<Real>(-2 * c.dx));
    CHECK(r.ds[0] == static_cast<Real>(-2 * c.ds));
    CHECK(r.db[0] == static_cast<Real>(-2 * c.db));
  }
}

TEST_CASE("fake_quantize_equals_its_definition_for_every_size_and_granularity") {
  struct Case {
    Shape x;
    long scales;
    Grid grid;
    bool shifted;
  };
  for (const auto& [shape, scales, grid, shifted] : {
           Case{{1}, 1, {0, 15}, true}, Case{{2, 3, 5}, 1, {0, 15}, true},
           Case{{511}, 1, {-8, 7}, true},             // a block but one
           Case{{513}, 1, {-8, 7}, false},            // a block and one
           Case{{3, 50'001}, 1, {0, 3}, true},        // several chunks
           Case{{3, 50'001}, 3, {0, 255}, true},      // several chunks in each row
           Case{{40, 3, 3, 7}, 40, {-8, 7}, false},   // the filters of a convolution
           Case{{1000, 5}, 1000, {-128, 127}, false}  // short rows
       }) {
    const std::string what = str("x ", shape, ", ", scales, " scales, [", grid.lo, ", ", grid.hi, "]");
    const Tensor x = uniform(shape, 1, -3, 3), dy = uniform(shape, 2);
    const float step = 4.0F / static_cast<float>(grid.levels());  // so that some values are clamped
    const Tensor scale = uniform({scales}, 3, step, 1.2F * step);
    const Tensor shift =
        shifted ? Tensor({1}, {Real(0.1) - scale[0] * static_cast<Real>(grid.levels() / 2 + grid.lo)})
                : Tensor({1});
    const Result found = run(x, scale, shifted ? shift : Tensor(), grid, dy);
    const Result expected = by_definition(x, scale, shift, grid, dy);
    check_close(what + " y", found.y, expected.y, 1e-6);
    check_equal(what + " dx", found.dx, expected.dx);
    check_close(what + " ds", found.ds, expected.ds, 1e-4);
    if (shifted) check_close(what + " db", found.db, expected.db, 1e-4);
  }
}

TEST_CASE("fake_quantize_of_some_values_equals_a_choice_between_all_and_none") {
  struct Case {
    Shape x;
    long scales;
    bool shifted;
  };
  for (const auto& [shape, scales, shifted] : {Case{{2, 3, 5}, 1, true}, Case{{513}, 1, false},
                                               Case{{3, 50'001}, 1, true}, Case{{3, 50'001}, 3, true}}) {
    const Grid grid{-8, 7};
    const Tensor x = uniform(shape, 1, -3, 3), dy = uniform(shape, 2), drawn = uniform(shape, 4, 0, 1);
    Array<std::uint8_t> chosen(shape);
    for (long i = 0; i < x.size(); ++i) chosen[i] = drawn[i] < Real(0.4) ? 1 : 0;
    const Tensor scale = uniform({scales}, 3, 0.2F, 0.3F), shift({1}, {Real(0.1)});
    const auto pass = [&](bool choice_afterwards) {
      const Var vx(x, true), vs(scale, true), vb = shifted ? Var(shift, true) : Var();
      const LiveGrid on{grid, vs, vb};
      const Var y = choice_afterwards ? choose(chosen, fake_quantize(vx, on).value, vx)
                                      : fake_quantize_some(vx, on, chosen);
      const Tensor value = y.value();
      backward(y, dy);
      return Result{value, vx.gradient(), vs.gradient(), shifted ? vb.gradient() : Tensor({1})};
    };
    const Result found = pass(false), expected = pass(true);
    const std::string what = str("x ", shape, ", ", scales, " scales");
    check_equal(what + " y", found.y, expected.y);
    check_equal(what + " dx", found.dx, expected.dx);
    check_equal(what + " ds", found.ds, expected.ds);
    check_equal(what + " db", found.db, expected.db);
    CHECK_FALSE(std::equal(found.y.begin(), found.y.end(), x.begin()));
  }
  CHECK_THROWS_WITH(
      fake_quantize_some(Var(Tensor({4})), {{0, 15}, Var(Tensor({1}, {1})), {}}, Array<std::uint8_t>({3})),
      "fake_quantize: found a choice [3] for an input [4], expected equal shapes");
}

TEST_CASE("codes_of_the_forward_pass_are_those_of_affine_grid_also_beside_ties") {
  for (const Grid grid : {Grid{0, 15}, Grid{-8, 7}, Grid{0, 255}}) {
    for (const Real scale : {Real(0.1), Real(0.037), Real(1.0 / 3)}) {
      const AffineGrid at{grid, scale, Real(-0.2785)};
      std::vector<Real> near_ties;
      for (int code = grid.lo - 2; code <= grid.hi + 2; ++code) {
        Real v = scale * (static_cast<Real>(code) + Real(0.5)) + at.shift;
        for (int k = 0; k < 3; ++k) v = std::nextafter(v, -kInfinity);
        for (int k = 0; k < 7; ++k, v = std::nextafter(v, kInfinity)) near_ties.push_back(v);
      }
      Tensor x({static_cast<long>(near_ties.size())});
      std::copy(near_ties.begin(), near_ties.end(), x.begin());
      const Tensor y =
          fake_quantize(Var(x), Var(Tensor({1}, {scale})), Var(Tensor({1}, {at.shift})), grid).value();
      long wrong = 0;
      for (long i = 0; i < x.size(); ++i) {
        wrong += std::lround((y[i] - at.shift) / scale) != at.code(x[i]);
      }
      CAPTURE(grid.lo, grid.hi, scale);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("fake_quantize_hands_on_nan_and_keeps_other_gradients") {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  const Result r = run(Tensor({2}, {nan, 1}), Tensor({1}, {1}), Tensor({1}), {0, 15}, Tensor({2}, {1, 1}));
  CHECK(std::isnan(r.y[0]));
  CHECK(r.y[1] == 1);
  CHECK(r.dx[1] == 1);
  CHECK(std::isnan(r.ds[0]));  // so that training notices
}

TEST_CASE("fake_quantize_does_not_depend_on_the_number_of_threads") {
  for (const Shape& shape : {Shape{3, 70'001}, Shape{64, 3, 3, 64}, Shape{1'000, 7}}) {
    for (const long scales : {1L, shape[0]}) {
      const Tensor x = uniform(shape, 1, -3, 3), dy = uniform(shape, 2), shift({1}, {Real(-0.3)});
      check_threads_agree(str("x ", shape, ", ", scales, " scales"), [&] {
        const Result r = run(x, uniform({scales}, 3, 0.1F, 0.3F), shift, {0, 15}, dy);
        return std::vector<Tensor>{r.y, r.dx, r.ds, r.db};
      });
    }
  }
}

TEST_CASE("fake_quantize_names_the_shapes_of_scales_and_shift_that_do_not_fit") {
  const Var x(Tensor({4, 3}));
  CHECK_THROWS_WITH(
      fake_quantize(x, Var(Tensor({3})), {}, {0, 15}),
      "fake_quantize: found scales [3] for an input [4, 3], expected [1] or one per step of its "
      "leading axis");
  CHECK_THROWS_WITH(fake_quantize(x, Var(Tensor({1})), Var(Tensor({4})), {0, 15}),
                    "fake_quantize: found a shift [4], expected [1]");
}

}  // namespace nibble::fake_quantize_test
