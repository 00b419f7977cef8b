#include "layers/network/fuse.h"

#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"
#include "tests/support/compare.h"

namespace nibble {
namespace {

Network resnet(ActivationKind activation, QuantMethod method, const Tensor& sample) {
  ModelOptions options;
  options.kind = "resnet8";
  options.activation = activation;
  Network net = build_model(options, {12, 12, 3}, 10, Rng(3));
  // In evaluation a new norm only scales, and a sum of products of codes is often exactly zero: on ReLU's
  // kink, where the last bit of the sum decides. Other biases move the sums off it.
  Rng rng(4);
  net.parameters([&](const std::string&, ParameterKind kind, Var& value) {
    if (kind != ParameterKind::norm) return;
    for (Real& v : value.mutable_value()) v += rng.uniform(-0.1F, 0.1F);
  });
  if (method != QuantMethod::none) {
    quantize(net, policy(method));
    initialize_quantizers(net, sample);
  }
  return net;
}

std::vector<std::string> names(const Network& net, const FusedChain& chain) {
  std::vector<std::string> all;
  for (std::size_t k = 0; k < chain.nodes.size(); ++k)
    all.push_back(net.nodes()[chain.nodes[k]].name + (chain.kept[k] ? " kept" : ""));
  return all;
}

constexpr bool kDouble = std::is_same_v<Real, double>;

struct Walk {
  Tensor y;
  std::map<std::string, Tensor> gradients, state;
};

Walk walk(Network net, const Tensor& x, bool training, bool plain) {
  Rng rng(1);
  Pass pass;
  pass.training = training;
  pass.rng = &rng;
  pass.plain = plain;
  Walk result;
  const Var y = net.forward(x, pass);
  result.y = y.value();
  backward(y, random_tensor(y.shape(), 5));
  net.parameters([&](const std::string& name, ParameterKind, Var& value) {
    if (!value.gradient().empty()) result.gradients[name] = value.gradient();
  });
  result.state = state(net);
  return result;
}

// √(Σ (a − b)² / Σ b²)
double relative_distance(const Tensor& a, const Tensor& b) {
  double difference = 0, size = 1e-30;
  for (long i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i] - b[i]), 2);
    size += std::pow(static_cast<double>(b[i]), 2);
  }
  return std::sqrt(difference / size);
}

// Of two equal networks, one walked by chains and one node by node.
void compare(Network one, Network other, const Tensor& x, bool training, bool quantized) {
  const Walk fused = walk(std::move(one), x, training, false);
  const Walk plain = walk(std::move(other), x, training, true);
  // In float a sum at a rounding border may fall to either side, and the difference travels on; gradients of
  // scales and shifts, small differences of large sums, feel it most. Double decides.
  const bool exact = kDouble || !quantized;
  const double tolerance = kDouble ? 1e-8 : quantized ? 0.05 : 1e-4;
  CHECK(relative_distance(fused.y, plain.y) < tolerance);
  REQUIRE(fused.gradients.size() == plain.gradients.size());
  for (const auto& [name, gradient] : plain.gradients) {
    CAPTURE(name);
    const bool learned_grid =
        name.find("scale") != std::string::npos || name.find("shift") != std::string::npos;
    if (exact || !learned_grid) CHECK(relative_distance(fused.gradients.at(name), gradient) < 3 * tolerance);
  }
  for (const auto& [name, value] : plain.state) CHECK(relative_distance(fused.state.at(name), value) < 1e-2);
}

}  // namespace

TEST_CASE("chains_begin_at_norms_and_sums_and_keep_what_others_read") {
  const Tensor sample = random_tensor({4, 12, 12, 3});
  const Network net = resnet(ActivationKind::relu, QuantMethod::learned_scale_shift, sample);
  const auto chains = find_chains(net);
  REQUIRE(chains.size() == 10);  // a stem, and in each of 3 blocks two norms and a sum
  CHECK(names(net, chains[0]).front() == "bn1");
  std::vector<bool> seen(net.nodes().size(), false);
  for (const FusedChain& chain : chains) {
    CHECK(chain.kept.back());
    CHECK_FALSE(chain.kept.front());
    for (const std::size_t node : chain.nodes) {
      CHECK_FALSE(seen[node]);
      seen[node] = true;
    }
  }
}

TEST_CASE("a_fused_walk_equals_the_plain_one") {
  // The last image has 9 pixels, so that no mean of codes lies in the middle between two.
  const Tensor x = random_tensor({8, 12, 12, 3}, 2, -1.5F, 1.5F);
  std::vector<QuantMethod> methods{QuantMethod::none, QuantMethod::learned_scale_shift};
  if (kDouble) methods.insert(methods.end(), {QuantMethod::lsq, QuantMethod::pact, QuantMethod::dorefa});
  for (const ActivationKind activation : {ActivationKind::relu, ActivationKind::swish}) {
    for (const QuantMethod method : methods) {
      const bool quantized = method != QuantMethod::none;
      for (const bool training : {true, false}) {
        CAPTURE(name(activation), static_cast<int>(method), training);
        compare(resnet(activation, method, x), resnet(activation, method, x), x, training, quantized);
      }
    }
  }
}

// Squeeze-and-excitation: an image of codes, its mean, and factors made of that.
Network excited(QuantMethod method, const Tensor& sample) {
  Network net(Rng(3));
  NodeRef x = net.add_input("input", {6, 6, 3});
  x = net.add("conv", Conv2dOptions{.out_channels = 8}, {x});
  x = net.add("norm", BatchNormOptions{}, {x});
  x = net.add("swish", ActivationOptions{.kind = ActivationKind::swish}, {x});
  NodeRef factors = net.add("mean", GlobalPoolOptions{}, {x});
  factors = net.add("fc", LinearOptions{.out_features = 8}, {factors});
  factors = net.add("sigmoid", ActivationOptions{.kind = ActivationKind::sigmoid}, {factors});
  x = net.add("excited", MultiplyOptions{}, {x, factors});
  net.add("last", Conv2dOptions{.out_channels = 4, .kernel = {1, 1}, .padding = {0, 0}}, {x});
  if (method != QuantMethod::none) {
    quantize(net, policy(method));
    initialize_quantizers(net, sample);
  }
  return net;
}

TEST_CASE("a_product_with_factors_of_channels_is_the_head_of_a_chain") {
  const Tensor x = random_tensor({5, 6, 6, 3}, 2, -1.5F, 1.5F);
  const Network net = excited(QuantMethod::learned_scale_shift, x);
  const auto chains = find_chains(net);
  REQUIRE(chains.size() == 2);
  CHECK(names(net, chains[1]) == std::vector<std::string>{"excited", "excited/quant kept"});
  for (const bool training : {true, false}) {
    CAPTURE(training);
    compare(excited(QuantMethod::none, x), excited(QuantMethod::none, x), x, training, false);
    compare(excited(QuantMethod::learned_scale_shift, x), excited(QuantMethod::learned_scale_shift, x), x,
            training, true);
  }
}

}  // namespace nibble
