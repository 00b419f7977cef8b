#include "experiments/training/quantizer_monitor.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <numeric>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/support/random_tensor.h"

namespace nibble::quantizer_monitor_test {
namespace {

Network quantized_mlp(const Tensor& sample) {
  Network network = build_model({.kind = "mlp", .width = 16}, {4, 4, 3}, 5, Rng(1));
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(network, policy);
  initialize_quantizers(network, sample);
  return network;
}

Tensor sample() {
  Tensor x({32, 4, 4, 3});
  Rng rng(5);
  for (Real& v : x) v = static_cast<Real>(rng.normal());
  return x;
}

}  // namespace

TEST_CASE("histograms_count_every_value_once") {
  const Tensor x = sample();
  Network network = quantized_mlp(x);
  const auto states = observe_quantizers(network, x);
  REQUIRE(states.count("input/quant") == 1);
  const std::vector<long>& counts = states.at("input/quant").codes.counts;
  CHECK(std::accumulate(counts.begin(), counts.end(), 0L) == x.size());
  CHECK(find_faults(states).empty());
}

TEST_CASE("each_channel_of_a_weight_has_its_scale") {
  const Tensor x = sample();
  Network network = quantized_mlp(x);
  const QuantizerState state = observe_quantizers(network, x).at("fc1/weight");
  REQUIRE(state.scale.size() == 16);
  CHECK(state.shift == std::vector<double>(16, 0));
  CHECK(std::adjacent_find(state.scale.begin(), state.scale.end(), std::not_equal_to<>()) !=
        state.scale.end());
}

TEST_CASE("a_dead_quantizer_is_reported_with_its_name") {
  const Tensor x = sample();
  Network network = quantized_mlp(x);
  network.parameters([](const std::string& path, ParameterKind, Var& value) {
    if (path == "input/quant/relative_scale")
      value.mutable_value().fill(1e6);  // one step swallows every value
  });
  const std::vector<std::string> faults = find_faults(observe_quantizers(network, x));
  REQUIRE(faults.size() >= 1);
  CHECK_THAT(faults.front(), Catch::Contains("'input/quant' is dead") || Catch::Contains("is dead"));
}

TEST_CASE("a_scale_that_is_not_finite_is_reported_with_its_name") {
  std::map<std::string, QuantizerState> states;
  states["layer/quant"] = {{std::numeric_limits<double>::quiet_NaN()}, {0}, {0, {1, 2}}};
  REQUIRE(find_faults(states).size() == 1);
  CHECK_THAT(find_faults(states).front(), Catch::Contains("'layer/quant'") && Catch::Contains("finite"));
}

TEST_CASE("a_gradient_that_is_not_finite_is_named_where_it_is_nearest_to_the_loss") {
  Network network = quantized_mlp(sample());
  CHECK(find_non_finite_gradient(network) == "");
  network.parameters([](const std::string& path, ParameterKind, Var& value) {
    if (!value.wants_gradient()) return;
    Tensor gradient(value.shape());
    if (path == "fc1/weight" || path == "fc1/bias") gradient[0] = std::numeric_limits<Real>::quiet_NaN();
    value.set_gradient(gradient);
  });
  CHECK(find_non_finite_gradient(network) ==
        "; nearest to the loss, the gradient of bias 'fc1/bias' is not finite");
}

}  // namespace nibble::quantizer_monitor_test
