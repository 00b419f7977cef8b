#include "layers/network/freeze.h"

#include <catch2/catch.hpp>

#include "autograd/ops/loss.h"
#include "core/check.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::freeze_test {
namespace {

// A ResNet-8 whose norms have met a batch.
Network lived_in_network(bool quantized) {
  Network net = build_model({.kind = "resnet8"}, {16, 16, 3}, 10, Rng(1));
  if (quantized) {
    QuantPolicy policy;
    policy.method = QuantMethod::learned_scale_shift;
    quantize(net, policy);
    initialize_quantizers(net, random_tensor({8, 16, 16, 3}), 0);
  }
  for (int i = 0; i < 4; ++i) net.forward(random_tensor({8, 16, 16, 3}), {.training = true});
  return net;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double worst = 0;
  for (long i = 0; i < a.size(); ++i) worst = std::max(worst, static_cast<double>(std::abs(a[i] - b[i])));
  return worst;
}

// The gradient of one weight, with the loss of a training pass.
Tensor gradient_of(Network& net, const Tensor& x, const Pass& pass, const std::string& path) {
  Array<int> labels({x.shape()[0]});
  backward(cross_entropy(net.forward(x, pass), labels, 0));
  Tensor found;
  net.parameters([&](const std::string& name, ParameterKind, Var& value) {
    if (name == path && !value.gradient().empty()) found = value.gradient().clone();
    value.clear_gradient();
  });
  return found;
}

}  // namespace

// Calls body(net, x, training) for a float and a quantized network, trained by its plan and plainly.
template <typename Body>
void for_each_way(const Body& body) {
  for (const bool quantized : {false, true}) {
    for (const bool plain : {false, true}) {
      INFO("quantized " << quantized << ", plain " << plain);
      Network net = lived_in_network(quantized);
      body(net, random_tensor({8, 16, 16, 3}), Pass{.training = true, .plain = plain});
    }
  }
}

void check_trains_as_it_is_evaluated(Network& net, const Tensor& x, const Pass& training,
                                     const std::string& path) {
  INFO(path);
  const Tensor evaluated = net.forward(x, {}).value();
  CHECK(largest_difference(net.forward(x, training).value(), evaluated) < 1e-4);
  const Tensor d = gradient_of(net, x, training, path), expected = gradient_of(net, x, {.plain = true}, path);
  REQUIRE(d.size() == expected.size());
  CHECK(largest_difference(d, expected) < 1e-4);
}

TEST_CASE("frozen_norms_compute_in_training_what_they_compute_in_evaluation") {
  for_each_way([](Network& net, const Tensor& x, const Pass& training) {
    const Tensor wanted = net.forward(x, {}).value();
    CHECK(largest_difference(net.forward(x, training).value(), wanted) > 1e-3);
    freeze(net, "*bn*");
    const auto before = state(net);
    check_trains_as_it_is_evaluated(net, x, training, "layer2/0/conv1/weight");
    CHECK(state(net).at("bn1/running_mean").data()[0] == before.at("bn1/running_mean").data()[0]);
    CHECK(gradient_of(net, x, training, "layer2/0/bn1/weight").empty());
  });
}

TEST_CASE("norms_that_keep_their_statistics_learn_gains_and_offsets") {
  for_each_way([](Network& net, const Tensor& x, const Pass& training) {
    keep_norm_statistics(net);
    const auto before = state(net);
    for (const char* path :
         {"bn1/weight", "layer2/0/bn1/weight", "layer2/0/bn2/bias", "layer2/0/conv1/weight"})
      check_trains_as_it_is_evaluated(net, x, training, path);
    for (const char* kept : {"bn1/running_mean", "layer2/0/bn1/running_var"})
      CHECK(largest_difference(state(net).at(kept), before.at(kept)) == 0);
  });
}

TEST_CASE("a_pattern_that_freezes_nothing_is_refused_with_the_names_there_are") {
  Network net = build_model({.kind = "mlp"}, {4, 4, 3}, 5, Rng(1));
  CHECK_THROWS_WITH(
      freeze(net, "conv*"),
      "model.freeze: found 'conv*', which matches no layer with parameters, expected one of fc1, "
      "fc2, fc3");
}

TEST_CASE("a_tied_weight_is_frozen_in_both_layers") {
  ModelOptions options{.kind = "lstm", .width = 6};
  options.tied = true;
  Network net = build_model(options, {1}, 9, Rng(1));
  freeze(net, "embedding");
  int learning = 0;
  net.parameters([&](const std::string&, ParameterKind, Var& value) {
    if (value.shape() == Shape{9, 6} && value.wants_gradient()) ++learning;
  });
  CHECK(learning == 0);
}

}  // namespace nibble::freeze_test
