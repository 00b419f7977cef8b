#include "layers/activation.h"

#include <catch2/catch.hpp>

#include "tests/layers/support.h"

namespace nibble::activation_test {

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

}  // namespace nibble::activation_test
