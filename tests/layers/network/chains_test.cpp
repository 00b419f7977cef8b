#include "layers/network/chains.h"

#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::chains_test {
namespace {

constexpr PassKind kTraining{.training = true};

Network model(const std::string& kind, const Shape& sample, QuantMethod method) {
  Network net = build_model({.kind = kind}, sample, 10, Rng(3));
  if (method != QuantMethod::none) quantize(net, policy(method));
  return net;
}

std::vector<std::string> names(const Network& net, const FusedChain& chain) {
  std::vector<std::string> all;
  for (std::size_t k = 0; k < chain.nodes.size(); ++k)
    all.push_back(net.nodes()[chain.nodes[k]].name + (chain.kept[k] ? " kept" : ""));
  return all;
}

}  // namespace

TEST_CASE("chains_begin_at_norms_and_sums_and_keep_what_others_read") {
  Network net = model("resnet8", {12, 12, 3}, QuantMethod::learned_scale_shift);
  const std::vector<FusedChain>& chains = net.plan(kTraining).chains;
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

TEST_CASE("a_product_with_factors_of_channels_is_the_head_of_a_chain") {
  Network net(Rng(3));
  NodeRef x = net.add("conv", Conv2dOptions{.out_channels = 8}, {net.add_input("input", {6, 6, 3})});
  NodeRef factors = net.add("mean", GlobalPoolOptions{}, {x});
  factors = net.add("fc", LinearOptions{.out_features = 8}, {factors});
  x = net.add("excited", MultiplyOptions{}, {x, factors});
  net.add("last", Conv2dOptions{.out_channels = 4, .kernel = {1, 1}, .padding = {0, 0}}, {x});
  quantize(net, policy(QuantMethod::learned_scale_shift));
  const std::vector<FusedChain>& chains = net.plan(kTraining).chains;
  REQUIRE(chains.size() == 1);
  CHECK(chains[0].pattern.head == ChainHead::product);
  CHECK(names(net, chains[0]) == std::vector<std::string>{"excited", "excited/quant kept"});
}

TEST_CASE("quantizers_that_are_no_plain_grid_leave_their_chains_to_the_slow_twin") {
  Network net = model("resnet8", {12, 12, 3}, QuantMethod::none);
  QuantPolicy pact = policy(QuantMethod::pact);
  pact.weight_granularity = Granularity::tensor;
  quantize(net, pact);
  for (const FusedChain& chain : net.plan(kTraining).chains) {
    for (const std::size_t node : chain.nodes) {
      const auto* const quantizer = std::get_if<ActivationQuantizer>(&net.nodes()[node].layer);
      if (quantizer) CHECK_FALSE(std::holds_alternative<Pact>(quantizer->quantizer));
    }
  }
}

}  // namespace nibble::chains_test
