#include "layers/network/correct_biases.h"

#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/support/random_tensor.h"

namespace nibble::correct_biases_test {
namespace {

// Mean over the sample of each channel of what nodes compute, with activations that are not quantized.
std::map<std::string, std::vector<double>> means(Network& network, const Tensor& sample) {
  std::map<std::string, std::vector<double>> found;
  const NoGradient evaluation;
  Rng rng(1);
  Pass pass{.plain = true};
  pass.rng = &rng;
  pass.float_share = 1;
  network.forward(sample, pass, [&](const NetworkNode& node, const Signal& output) {
    const Tensor& y = output.value.value();
    const long channels = y.shape().back();
    std::vector<double>& mean = found[node.name];
    mean.resize(static_cast<std::size_t>(channels));
    for (long i = 0; i < y.size(); ++i)
      mean[static_cast<std::size_t>(i % channels)] +=
          static_cast<double>(y[i]) * static_cast<double>(channels) / static_cast<double>(y.size());
  });
  return found;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

QuantPolicy few_bits() {
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  policy.weight_bits = 2;
  policy.first_and_last_bits = 2;
  return policy;
}

// A norm behind a convolution, one with a bias of its own, a depthwise one, and a linear layer.
Network mixed_network() {
  Network net(Rng(5));
  const NodeRef x = net.add_input("input", {8, 8, 3});
  const NodeRef a = net.add("a", Conv2dOptions{.out_channels = 6}, {x});
  const NodeRef norm = net.add("norm", BatchNormOptions{}, {a});
  const NodeRef act = net.add("act", ActivationOptions{}, {norm});
  const NodeRef b = net.add("b", Conv2dOptions{.out_channels = 6, .groups = 6, .bias = true}, {act});
  const NodeRef act2 = net.add("act2", ActivationOptions{}, {b});
  const NodeRef flat = net.add("flat", FlattenOptions{}, {act2});
  net.add("fc", LinearOptions{.out_features = 5}, {flat});
  return net;
}

}  // namespace

TEST_CASE("corrected_biases_leave_every_layer_the_mean_that_exact_weights_would") {
  const Tensor sample = uniform({40, 8, 8, 3}, 3);  // several pieces
  Network exact = mixed_network(), net = mixed_network();
  quantize(net, few_bits());
  initialize_quantizers(net, sample, 0, true);
  const auto wanted = means(exact, sample), before = means(net, sample);
  REQUIRE(largest_difference(before.at("norm"), wanted.at("norm")) > 1e-3);
  correct_biases(net, sample);
  const auto after = means(net, sample);
  // Nothing stands in front of the first layer, so its mean is exact.
  CHECK(largest_difference(after.at("norm"), wanted.at("norm")) < 1e-5);
  for (const char* layer : {"b", "fc"}) {
    INFO(layer);
    CHECK(largest_difference(after.at(layer), wanted.at(layer)) <
          0.5 * largest_difference(before.at(layer), wanted.at(layer)));
  }
}

TEST_CASE("exact_weights_need_no_correction") {
  const Tensor sample = uniform({4, 8, 8, 3}, 3);
  Network net = mixed_network();
  correct_biases(net, sample);  // nothing is quantized
  Network same = mixed_network();
  const Tensor a = net.forward(sample, {}).value(), b = same.forward(sample, {}).value();
  for (long i = 0; i < a.size(); ++i) REQUIRE(a[i] == b[i]);
}

TEST_CASE("a_weight_that_two_layers_share_is_not_corrected") {
  ModelOptions tied{.kind = "lstm"};
  tied.width = 8;
  tied.tied = true;
  Network words = build_model(tied, {1}, 20, Rng(1));
  quantize(words, few_bits());
  Tensor tokens({6, 1});
  initialize_quantizers(words, tokens, 2, true);
  CHECK_THROWS_WITH(correct_biases(words, tokens, 2), Catch::Contains("found a weight tied to an embedding"));
}

}  // namespace nibble::correct_biases_test
