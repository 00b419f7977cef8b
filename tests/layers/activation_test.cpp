#include "layers/activation.h"

#include <catch2/catch.hpp>

#include "tests/layers/support.h"

namespace nibble {

TEST_CASE("activation_evaluates_the_function_that_it_trains") {
  for (const ActivationKind kind :
       {ActivationKind::relu, ActivationKind::relu6, ActivationKind::leaky_relu, ActivationKind::sigmoid,
        ActivationKind::tanh, ActivationKind::swish, ActivationKind::hard_swish, ActivationKind::mish}) {
    INFO(name(kind));
    const std::vector<Shape> shapes{{200}};
    const Activation layer({.kind = kind, .slope = 0.2}, shapes, Rng(0));
    const std::vector<Signal> inputs{{Var(random_tensor({1, 200}, 1, -9, 9)), {}}};
    const Var y = layer.forward(inputs, {}).value;
    for (long i = 0; i < 200; ++i) {
      const double x = static_cast<double>(inputs[0].value.value()[i]);
      INFO("x = " << x);
      CHECK(static_cast<double>(y.value()[i]) == Approx(layer.evaluate(x)).epsilon(1e-5).margin(1e-6));
    }
  }
}

TEST_CASE("activation_values_at_known_points") {
  const std::vector<Shape> shapes{{1}};
  const auto at = [&](ActivationKind kind, double x) {
    return Activation({.kind = kind}, shapes, Rng(0)).evaluate(x);
  };
  CHECK(at(ActivationKind::relu6, 7) == 6);
  CHECK(at(ActivationKind::leaky_relu, -2) == Approx(-0.2));
  CHECK(at(ActivationKind::sigmoid, 0) == 0.5);
  CHECK(at(ActivationKind::hard_swish, -3) == 0);
  CHECK(at(ActivationKind::hard_swish, 1) == Approx(2.0 / 3));
  CHECK(at(ActivationKind::swish, 1) == Approx(0.7310585786));
  CHECK(at(ActivationKind::mish, 1) == Approx(0.8650983883));
  CHECK(at(ActivationKind::mish, 800) == 800);
  CHECK(at(ActivationKind::swish, -800) == Approx(0).margin(1e-12));
}

TEST_CASE("activation_needs_a_table_unless_it_is_piecewise_linear_and_monotone") {
  const std::vector<Shape> shapes{{1}};
  const auto table = [&](ActivationKind kind) {
    return Activation({.kind = kind}, shapes, Rng(0)).needs_table();
  };
  CHECK_FALSE(table(ActivationKind::relu));
  CHECK_FALSE(table(ActivationKind::relu6));
  CHECK_FALSE(table(ActivationKind::leaky_relu));
  CHECK(table(ActivationKind::sigmoid));
  CHECK(table(ActivationKind::tanh));
  CHECK(table(ActivationKind::swish));
  CHECK(table(ActivationKind::hard_swish));
  CHECK(table(ActivationKind::mish));
}

}  // namespace nibble
