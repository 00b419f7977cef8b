#include "core/kernels/pointwise/activation.h"

#include <catch2/catch.hpp>
#include <vector>

namespace nibble::kernels::activation_test {

TEST_CASE("value_and_derivative_at_once_are_those_computed_apart") {
  constexpr long kCount = 1200;  // more than two blocks
  std::vector<Real> x(kCount), y(kCount), d(kCount), value(kCount), derivative(kCount);
  const std::vector<Real> ones(kCount, 1);
  for (long i = 0; i < kCount; ++i) x[static_cast<std::size_t>(i)] = Real(0.1) * static_cast<Real>(i - 600);
  for (const ActivationKind kind : {ActivationKind::swish, ActivationKind::mish}) {
    REQUIRE(shares_exponential(kind));
    activate_and_derive(kind, x.data(), y.data(), d.data(), kCount);
    activate(kind, 0, x.data(), value.data(), kCount);
    activate_gradient(kind, 0, x.data(), ones.data(), derivative.data(), kCount);
    for (std::size_t i = 0; i < kCount; ++i) {
      CAPTURE(x[i]);
      CHECK(y[i] == Approx(value[i]).epsilon(1e-6));
      CHECK(d[i] == Approx(derivative[i]).epsilon(1e-5).margin(1e-6));
    }
  }
  CHECK_FALSE(shares_exponential(ActivationKind::relu));
}

}  // namespace nibble::kernels::activation_test
