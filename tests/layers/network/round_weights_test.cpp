#include "layers/network/round_weights.h"

#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::round_weights_test {
namespace {

double mean_squared_difference(const std::vector<Real>& a, const std::vector<Real>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a[i] - b[i]) * static_cast<double>(a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

// Neighbouring pixels and channels are alike, as in images.
Tensor smooth(const Shape& shape, std::uint64_t seed) {
  Tensor x = random_tensor(shape, seed);
  for (long i = 1; i < x.size(); ++i) x[i] = Real(0.9) * x[i - 1] + Real(0.4) * x[i];
  return x;
}

// What 2-bit weights change of an output, with activations of 8 bits: by nearest codes, by compensated ones.
std::pair<double, double> errors(const std::function<Network()>& build, const Tensor& sample) {
  Network real = build();
  const std::vector<Real> wanted = evaluated(real, sample);
  std::pair<double, double> found;
  for (const bool compensated : {false, true}) {
    Network net = build();
    QuantPolicy how = policy(QuantMethod::learned_scale_shift);
    how.weight_bits = how.first_and_last_bits = 2;
    how.activation_bits = 8;
    quantize(net, how);
    initialize_quantizers(net, sample);
    if (compensated) round_weights(net, sample);
    (compensated ? found.second : found.first) = mean_squared_difference(evaluated(net, sample), wanted);
  }
  return found;
}

}  // namespace

TEST_CASE("compensated_rounding_keeps_the_sums_of_a_linear_layer_nearer") {
  const auto build = [] {
    Network net;
    net.add("fc", LinearOptions{.out_features = 8}, {net.add_input("input", {20})});
    return net;
  };
  const auto [nearest, compensated] = errors(build, smooth({200, 20}, 3));
  INFO("nearest " << nearest << ", compensated " << compensated);
  CHECK(compensated < 0.6 * nearest);
}

TEST_CASE("compensated_rounding_keeps_the_sums_of_a_strided_padded_convolution_nearer") {
  const auto build = [] {
    Network net;
    net.add("conv", Conv2dOptions{.out_channels = 8, .stride = {2, 1}, .dilation = {1, 2}},
            {net.add_input("input", {9, 8, 3})});
    return net;
  };
  const auto [nearest, compensated] = errors(build, smooth({16, 9, 8, 3}, 4));
  INFO("nearest " << nearest << ", compensated " << compensated);
  CHECK(compensated < 0.6 * nearest);
}

TEST_CASE("rounded_weights_lie_on_their_grids_and_those_of_embeddings_and_depthwise_layers_stay") {
  ModelOptions options;
  options.kind = "lstm";
  options.width = 12;
  Network net = build_model(options, {1}, 17, Rng(3));
  QuantPolicy how = policy(QuantMethod::learned_scale_shift);
  how.first_and_last_bits = 4;
  quantize(net, how);
  Tensor sample = Tensor::uninitialized({24, 1});
  Rng rng(2);
  for (Real& token : sample) token = static_cast<Real>(rng.below(17));
  initialize_quantizers(net, sample, 3);
  const std::map<std::string, Tensor> before = state(net);
  round_weights(net, sample, 3);
  std::size_t moved = 0;
  for (NetworkNode& node : net.nodes()) {
    for (const Weights& found : weights(node.layer)) {
      const Tensor value = found.weight.value();
      const std::vector<Real> behind = values(nibble::apply(**found.quantizer, found.weight).value.value());
      const bool on_grid = values(value) == behind;
      CHECK(on_grid == !std::holds_alternative<Embedding>(node.layer));
      moved += on_grid ? 1 : 0;
    }
  }
  CHECK(moved == 3);  // both weights of the recurrence, and the scores'
  std::size_t changed = 0;
  for (const auto& [name, value] : state(net)) changed += values(value) != values(before.at(name)) ? 1 : 0;
  CHECK(changed == moved);
}

TEST_CASE("a_grouped_convolution_keeps_its_weights") {
  Network net;
  net.add("conv", Conv2dOptions{.out_channels = 4, .groups = 4}, {net.add_input("input", {5, 5, 4})});
  quantize(net, policy(QuantMethod::learned_scale_shift));
  const Tensor sample = random_tensor({4, 5, 5, 4});
  initialize_quantizers(net, sample);
  const std::map<std::string, Tensor> before = state(net);
  round_weights(net, sample);
  for (const auto& [name, value] : state(net)) CHECK(values(value) == values(before.at(name)));
}

TEST_CASE("round_weights_says_what_it_cannot_do") {
  const auto round = [](ModelOptions options, QuantMethod method, const Shape& input) {
    Network net = build_model(options, input, 17, Rng(3));
    QuantPolicy how = policy(method);
    how.first_and_last_bits = 4;
    if (method == QuantMethod::dorefa) how.weight_granularity = Granularity::tensor;
    quantize(net, how);
    Tensor sample({6, input[0]});
    sample.fill(1);  // pixels as well as tokens
    initialize_quantizers(net, sample, 3);
    round_weights(net, sample, 3);
  };
  ModelOptions tied;
  tied.kind = "lstm";
  tied.width = 12;
  tied.tied = true;
  CHECK_THROWS_WITH(round(tied, QuantMethod::learned_scale_shift, {1}),
                    Catch::Contains("found a weight tied to an embedding, expected one of its own"));
  ModelOptions mlp;
  mlp.kind = "mlp";
  CHECK_THROWS_WITH(round(mlp, QuantMethod::dorefa, {6}),
                    Catch::Contains("found a method whose weights are no plain grid"));
}

}  // namespace nibble::round_weights_test
