#include "layers/batch_norm.h"

#include <catch2/catch.hpp>

#include "tests/layers/support.h"

namespace nibble::batch_norm_test {
namespace {

BatchNorm make(const BatchNormOptions& options, long channels) {
  const std::vector<Shape> inputs{{channels}};
  return BatchNorm(options, inputs, Rng(0));
}

Var run(BatchNorm& layer, const Tensor& x, bool training) {
  const std::vector<Signal> inputs{{Var(x), {}}};
  return layer.forward(inputs, {.training = training, .initialize = false, .rng = nullptr}).value;
}

}  // namespace

TEST_CASE("batch_norm_keeps_unbiased_running_statistics") {
  BatchNorm layer = make({.epsilon = 1e-5, .momentum = 0.25}, 1);
  run(layer, Tensor({4, 1}, {1, 2, 3, 6}), true);
  // mean 3, biased variance 14/4, unbiased 14/3
  CHECK(layer.running_mean.value()[0] == Approx(0.25 * 3));
  CHECK(layer.running_variance.value()[0] == Approx(0.75 * 1 + 0.25 * 14 / 3));
}

TEST_CASE("batch_norm_in_evaluation_is_its_affine_form") {
  BatchNorm layer = make({}, 2);
  layer.weight.mutable_value() = Tensor({2}, {2, -3});
  layer.bias.mutable_value() = Tensor({2}, {Real(0.5), 1});
  run(layer, random_tensor({8, 2}), true);
  const Tensor x = random_tensor({5, 2}, 2);
  const Var y = run(layer, x, false);
  const BatchNorm::Affine affine = layer.affine();
  for (std::size_t i = 0; i < 10; ++i) {
    const long at = static_cast<long>(i);
    CHECK(y.value()[at] == Approx(affine.gain[i % 2] * x[at] + affine.offset[i % 2]));
  }
}

TEST_CASE("batch_norm_refuses_one_value_per_channel_in_training") {
  BatchNorm layer = make({}, 3);
  CHECK_THROWS_WITH(
      run(layer, random_tensor({1, 3}), true),
      Catch::StartsWith("batch_norm: found one value per channel in [1, 3], expected at least 2"));
  CHECK_NOTHROW(run(layer, random_tensor({1, 3}), false));
}

}  // namespace nibble::batch_norm_test
