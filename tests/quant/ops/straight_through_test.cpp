// The straight-through gradients of quantizers, in double. Rounding has no useful derivative, so each
// quantizer is compared with the same function whose rounding residual r = ⌊t + ½⌋ − t, or clamped code, is
// frozen at the point of interest: that function is smooth, and central differences of it are exact up to
// rounding.
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "quant/grids/live_grid.h"
#include "quant/grids/positive.h"
#include "quant/methods/dorefa.h"
#include "quant/methods/pact.h"
#include "quant/ops/fake_quantize.h"
#include "quant/ops/soft_round.h"
#include "tests/support/gradient_check.h"

namespace nibble::straight_through_test {
namespace {

using Inputs = std::vector<Tensor>;
using Function = std::function<Tensor(const Inputs&)>;

// d/d input[k] Σ dy · f(inputs), by central differences.
Tensor numeric_gradient(const Function& f, Inputs inputs, std::size_t k, const Tensor& dy) {
  constexpr double step = 1e-5;
  inputs[k] = inputs[k].clone();
  const auto contracted = [&] {
    const Tensor y = f(inputs);
    double sum = 0;
    for (long i = 0; i < y.size(); ++i) sum += dy[i] * y[i];
    return sum;
  };
  Tensor gradient(inputs[k].shape());
  for (long i = 0; i < gradient.size(); ++i) {
    const double center = inputs[k][i];
    inputs[k][i] = center + step;
    const double above = contracted();
    inputs[k][i] = center - step;
    const double below = contracted();
    inputs[k][i] = center;
    gradient[i] = (above - below) / (2 * step);
  }
  return gradient;
}

void check_against_frozen(const std::string& what, const Op& op, const Function& frozen,
                          const Inputs& inputs) {
  const std::vector<Var> vars = leaves(inputs);
  const Var y = op(vars);
  check_close(what + ", value", frozen(inputs), y.value(), 1e-12);
  const Tensor dy = uniform(y.shape(), 9);
  backward(y, dy);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    check_close(str(what, ", input ", k), vars[k].gradient(), numeric_gradient(frozen, inputs, k, dy), 1e-8);
  }
}

// fake_quantize of {x, scale, shift} with residuals and clamped codes of `at`
Function frozen_fake_quantize(const Inputs& at, Grid grid) {
  return [=](const Inputs& in) {
    const long row = at[0].size() / at[1].size();
    Tensor y(at[0].shape());
    for (long i = 0; i < y.size(); ++i) {
      const double s0 = at[1][i / row], b0 = at.size() > 2 ? at[2][0] : 0, t0 = (at[0][i] - b0) / s0;
      const double s = in[1][i / row], b = in.size() > 2 ? in[2][0] : 0, t = (in[0][i] - b) / s;
      const double q0 = std::floor(std::clamp(t0, double(grid.lo), double(grid.hi)) + 0.5);
      y[i] = s * (grid.contains(t0) ? t + (q0 - t0) : q0) + b;
    }
    return y;
  };
}

}  // namespace

TEST_CASE("fake_quantize_gradients_are_those_of_the_frozen_residual") {
  struct Case {
    Shape x;
    long scales;
    Grid grid;
    bool shifted;
  };
  for (const auto& [shape, scales, grid, shifted] :
       {Case{{2, 3, 5}, 1, {0, 15}, true}, Case{{2, 3, 5}, 1, {-8, 7}, false},
        Case{{4, 3, 3, 2}, 4, {-8, 7}, false}, Case{{3, 7}, 3, {0, 3}, true}, Case{{5}, 1, {-2, 1}, true}}) {
    Inputs inputs{uniform(shape, 1, -2, 2), uniform({scales}, 2, 0.1F, 0.25F)};
    if (shifted) inputs.push_back(Tensor({1}, {-0.3}));
    check_against_frozen(
        str("x ", shape, ", ", scales, " scales, [", grid.lo, ", ", grid.hi, "], shift ", shifted),
        [&, grid = grid](const std::vector<Var>& v) {
          return fake_quantize(v[0], v[1], v.size() > 2 ? v[2] : Var(), grid);
        },
        frozen_fake_quantize(inputs, grid), inputs);
  }
}

TEST_CASE("gradients_of_two_uses_of_one_scale_add_up") {
  const Tensor x = uniform({30}, 1, -2, 2), dy = uniform({30}, 2);
  const auto scale_gradient_of = [&](int uses) {
    const Var scale(Tensor({1}, {0.1}), true);
    Var y = fake_quantize(Var(x), scale, {}, {0, 15});
    if (uses == 2) y = add(y, fake_quantize(Var(x), scale, {}, {0, 15}));
    backward(y, dy);
    return scale.gradient()[0];
  };
  CHECK(scale_gradient_of(2) == Approx(2 * scale_gradient_of(1)));
  CHECK(scale_gradient_of(1) != 0);
}

TEST_CASE("dorefa_weight_gradients_are_those_of_the_frozen_residual_and_maximum") {
  QuantizerOptions options{.method = QuantMethod::dorefa, .bits = 3, .weight = true};
  const Inputs inputs{uniform({4, 9}, 1, -2, 2)};
  double most = 0;
  for (const double w : inputs[0]) most = std::max(most, std::abs(std::tanh(w)));
  const auto r = [most](double w) { return std::tanh(w) / (2 * most) + 0.5; };
  check_against_frozen(
      "dorefa", [&](const std::vector<Var>& v) { return DorefaWeight(options)(v[0]).value; },
      [&](const Inputs& in) {
        Tensor y(in[0].shape());
        for (long i = 0; i < y.size(); ++i) {
          const double r0 = r(inputs[0][i]), residual = std::floor(7 * r0 + 0.5) / 7 - r0;
          y[i] = 2 * (r(in[0][i]) + residual) - 1;
        }
        return y;
      },
      inputs);
}

TEST_CASE("pact_passes_inside_and_collects_the_clip_level_outside") {
  Pact pact({.method = QuantMethod::pact, .bits = 2, .initialization = Initialization::min_max});
  pact.initialize(Tensor({2}, {-1, 3}));
  const AffineGrid at = pact.affine();
  CHECK(at.scale == Approx(1));
  Var clip;
  pact.parameters([&](const std::string& name, ParameterKind, Var& v) {
    if (name == "relative_clip") clip = v;
  });
  const Var x(Tensor({7}, {-0.5, 0, 0.4, 0.5, 2.9, 3.5, 10}), true);
  const Var y = pact(x).value;
  check_close("value", y.value(), Tensor({7}, {0, 0, 0, 1, 3, 3, 3}), 1e-12);
  backward(y, Tensor({7}, {1, 2, 4, 8, 16, 32, 64}));
  check_equal("dx", x.gradient(), Tensor({7}, {0, 0, 4, 8, 16, 0, 0}));
  // dα = 32 + 64, and what is stored gets dα / α₀.
  CHECK(clip.gradient()[0] == Approx(96.0 / 3));
}

TEST_CASE("a_border_learns_through_scale_and_shift") {
  check_gradients("lowest code",
                  [](const std::vector<Var>& v) {
                    return LiveGrid{{-8, 7}, v[0], v[1]}.border_value(Border::lowest_code);
                  },
                  {Tensor({1}, {0.2}), Tensor({1}, {0.3})});
  check_gradients("nearest zero",
                  [](const std::vector<Var>& v) {
                    return LiveGrid{{0, 15}, v[0], v[1]}.border_value(Border::nearest_zero);
                  },
                  {Tensor({1}, {0.2}), Tensor({1}, {-0.75})});
  check_gradients("no shift",
                  [](const std::vector<Var>& v) {
                    return LiveGrid{{-8, 7}, v[0], {}}.border_value(Border::lowest_code);
                  },
                  {Tensor({1}, {0.2})});
}

TEST_CASE("gradients_of_soft_rounding") {
  // Logits away from the kinks at h = 0 and 1, and codes at both ends of the grid, which pass no gradient.
  const Tensor lower({2, 3}, {-9, 0, 7, -8, 3, 6});
  const auto rounded = [&](const std::vector<Var>& v) {
    return soft_round(v[0], lower, LiveGrid{{-8, 7}, v[1], {}});
  };
  const Tensor logits({2, 3}, {0.3, -1.1, 0.7, 4, -5, 1.2});
  check_gradients("soft_round", rounded, {logits, Tensor({2}, {0.2, 0.7})});
  check_gradients("soft_round, one scale", rounded, {logits, Tensor({1}, {0.4})});
  for (const double exponent : {2.0, 7.5})
    check_gradients("rounding_penalty",
                    [&](const std::vector<Var>& v) { return rounding_penalty(v[0], exponent); }, {logits});
}

TEST_CASE("the_step_of_a_stored_scale_is_the_published_one_damped_where_it_has_shrunk") {
  const Tensor ds({2}, {0.3, -2});
  const double factor = 0.25, rate = 1e-7;
  for (const double rho : {0.5, 1e-3, -1e-3, -2.0}) {
    CAPTURE(rho);
    Positive scale("scale", 2);
    scale.set(Tensor({2}, {0.01, 5}));
    Var stored;
    scale.parameters([&](const std::string& name, ParameterKind, Var& v) {
      if (name == "relative_scale") stored = v;
    });
    stored.mutable_value().fill(rho);
    const Var s = scale(factor);
    const Tensor before = s.value().clone();
    backward(s, ds);
    for (long i = 0; i < 2; ++i) stored.mutable_value()[i] -= rate * stored.gradient()[i];
    const double damping = rho < 0 ? std::exp(rho) : 1;
    for (long i = 0; i < 2; ++i) {
      CHECK((scale.value(i) - before[i]) / rate == Approx(-factor * damping * ds[i]).epsilon(1e-3));
    }
  }
}

}  // namespace nibble::straight_through_test
