#include "autograd/ops/activation.h"

#include <cmath>
#include <limits>

#include "tests/support/gradient_check.h"

namespace nibble::activation_test {
namespace {

struct Case {
  const char* what;
  Var (*op)(const Var&);
  double (*definition)(double);
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"relu", relu, [](double x) { return std::max(x, 0.0); }},
      {"relu6", relu6, [](double x) { return std::min(std::max(x, 0.0), 6.0); }},
      {"leaky_relu", [](const Var& x) { return leaky_relu(x, 0.125); },
       [](double x) { return x > 0 ? x : 0.125 * x; }},
      {"leaky_relu of slope 0", [](const Var& x) { return leaky_relu(x, 0); },
       [](double x) { return std::max(x, 0.0); }},
      {"sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"tanh", nibble::tanh, [](double x) { return std::tanh(x); }},
      {"swish", swish, [](double x) { return x / (1 + std::exp(-x)); }},
      {"hard_swish", hard_swish, [](double x) { return x * std::min(std::max(x + 3, 0.0), 6.0) / 6; }},
      {"mish", mish,
       [](double x) {
         const double softplus = std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
         return x * std::tanh(softplus);
       }},
  };
  return all;
}

// -8.05, -7.75, ..., 8.15: 0.05 away from every kink, at -3, 0, 3 and 6.
Tensor grid() {
  Tensor x({55});
  for (long i = 0; i < x.size(); ++i) x[i] = -8.05 + 0.3 * static_cast<double>(i);
  return x;
}

}  // namespace

TEST_CASE("activations_compute_their_definitions") {
  Tensor x({6}, {-1000, -100, -21, 21, 100, 1000});
  for (const auto& [what, op, definition] : cases()) {
    for (const Tensor& points : {grid(), x}) {
      Tensor expected(points.shape());
      for (long i = 0; i < points.size(); ++i) expected[i] = definition(points[i]);
      check_close(what, op(Var(points)).value(), expected, 1e-14);
    }
  }
}

TEST_CASE("activation_gradients_match_central_differences") {
  for (const auto& [what, op, definition] : cases()) {
    check_gradients(what, [f = op](const std::vector<Var>& v) { return f(v[0]); }, {grid()});
  }
}

TEST_CASE("activation_gradients_are_finite_far_from_zero") {
  for (const auto& [what, op, definition] : cases()) {
    INFO(what);
    const Var x(Tensor({4}, {-1000, -100, 100, 1000}), true);
    backward(op(x), Tensor({4}, {1, 1, 1, 1}));
    for (const Real slope : x.gradient()) CHECK(std::abs(slope) <= 1);
  }
}

TEST_CASE("a_nan_passes_through_every_activation") {
  for (const auto& [what, op, definition] : cases()) {
    INFO(what);
    Tensor x({19});
    x[3] = x[18] = std::numeric_limits<Real>::quiet_NaN();  // in a packet, and behind the last
    const Tensor y = op(Var(x)).value();
    CHECK(std::isnan(y[3]));
    CHECK(std::isnan(y[18]));
  }
}

TEST_CASE("relu_has_slope_zero_at_zero") {
  for (const auto& op : {relu, relu6}) {
    const Var x(Tensor({1}, {0}), true);
    backward(op(x), Tensor({1}, {1}));
    CHECK(x.gradient()[0] == 0);
  }
}

TEST_CASE("activations_of_many_elements_cover_every_one") {
  const Tensor x = uniform({100003}, 1, -4, 4);
  for (const auto& [what, op, definition] : cases()) {
    Tensor expected(x.shape());
    for (long i = 0; i < x.size(); ++i) expected[i] = definition(x[i]);
    check_close(what, op(Var(x)).value(), expected, 1e-14);
  }
}

TEST_CASE("leaky_relu_refuses_a_negative_slope") {
  CHECK_THROWS_WITH(leaky_relu(leaf({1}), -0.5), "leaky_relu: found slope -0.5, expected at least 0");
}

}  // namespace nibble::activation_test
