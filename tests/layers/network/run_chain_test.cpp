// Every pattern of a chain against its slow twin.

#include "layers/network/run_chain.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "layers/network/quantize.h"
#include "quant/chains/chain_lanes.h"
#include "tests/layers/twin.h"

namespace nibble::run_chain_test {
namespace {

// What stands in front of the chain: codes of 4 bits, so that a norm behind a depthwise convolution reads
// sums of codes.
NodeRef add_head(Network& net, ChainHead head, NodeRef image) {
  const Conv2dOptions one_by_one{.out_channels = 8, .kernel = {1, 1}, .padding = {0, 0}};
  NodeRef x = net.add("front", one_by_one, {image});
  x = net.add("front/quant", QuantizerOptions{.bits = 4}, {x});
  switch (head) {
    case ChainHead::norm:
      x = net.add("depthwise", Conv2dOptions{.out_channels = 8, .groups = 8}, {x});
      return net.add("head", BatchNormOptions{}, {x});
    case ChainHead::sum:
      return net.add("head", AddOptions{}, {x, net.add("other", one_by_one, {image})});
    case ChainHead::product: {
      NodeRef factors = net.add("mean", GlobalPoolOptions{}, {x});
      factors = net.add("fc", LinearOptions{.out_features = 8}, {factors});
      factors = net.add("sigmoid", ActivationOptions{.kind = ActivationKind::sigmoid}, {factors});
      return net.add("head", MultiplyOptions{}, {x, factors});
    }
  }
  throw Error("no such head");
}

NodeRef add_step(Network& net, std::optional<ActivationKind> step, std::size_t k, NodeRef x) {
  const std::string name = str("step", k);
  if (!step) return net.add(name, QuantizerOptions{.bits = k < 2 ? 8 : 4}, {x});
  const bool limit = step == ActivationKind::relu && k % 2 == 1;
  return net.add(name, ActivationOptions{.kind = limit ? ActivationKind::relu6 : *step}, {x});
}

// `also`: the step that is read from outside of the chain too; 0: none.
Network chain_network(const ChainPattern& pattern, std::size_t also, const Tensor& x) {
  const Conv2dOptions reader{.out_channels = 4, .kernel = {1, 1}, .padding = {0, 0}, .bias = true};
  Network net(Rng(7));
  NodeRef node = add_head(net, pattern.head, net.add_input("input", {6, 6, 3}));
  std::vector<NodeRef> steps;
  for (std::size_t k = 0; k < pattern.steps.size(); ++k)
    steps.push_back(node = add_step(net, pattern.steps[k], k + 1, node));
  node = net.add("behind", reader, {node});
  if (also > 0) node = net.add("join", ConcatOptions{}, {node, net.add("beside", reader, {steps[also - 1]})});
  move_biases(net);
  for (NetworkNode& found : net.nodes()) {
    if (found.name != "depthwise" && found.name != "behind") continue;
    Conv2d& conv = std::get<Conv2d>(found.layer);
    conv.weight_quantizer =
        make_quantizer({.bits = 4, .is_signed = true, .weight = true}, conv.weight.shape()[0]);
  }
  initialize_quantizers(net, x);
  return net;
}

void compare_pattern(const ChainPattern& pattern, bool lanes) {
  const Tensor x = random_tensor({5, 6, 6, 3}, 2, -1.5F, 1.5F);
  for (std::size_t also = 0; also < pattern.steps.size(); ++also) {
    // Behind an output that others read too a chain goes on with a quantizer only.
    if (also > 0 && pattern.steps[also]) continue;
    TwinCase twin;
    twin.make = [&] { return chain_network(pattern, also, x); };
    twin.what = str(describe(pattern), "; read from outside: ", also);
    twin.x = x;
    twin.quantized = true;

    CAPTURE(twin.what);
    Network net = twin.make();
    const auto& chains = net.plan({.training = true}).chains;
    const auto chain = std::ranges::find_if(
        chains, [&](const FusedChain& c) { return net.nodes()[c.nodes.front()].name == "head"; });
    REQUIRE(chain != chains.end());
    CHECK(chain->nodes.size() == pattern.steps.size() + 1);
    CHECK((chain->choice.kernel == ChainKernel::lanes) == lanes);
    for (const bool training : {true, false}) compare_twins(twin, training);
  }
}

}  // namespace

TEST_CASE("every_pattern_in_registers_computes_what_its_slow_twin_computes") {
  const std::vector<ChainPattern> patterns = chains::lane_patterns();
  CHECK(patterns.size() >= 16);
  for (const ChainPattern& pattern : patterns) compare_pattern(pattern, true);
}

TEST_CASE("chains_block_by_block_compute_what_their_slow_twins_compute") {
  for (const ChainHead head : {ChainHead::norm, ChainHead::sum, ChainHead::product}) {
    constexpr auto leaky = ActivationKind::leaky_relu;
    compare_pattern({head, {leaky}}, false);
    compare_pattern({head, {leaky, std::nullopt, std::nullopt}}, false);
    compare_pattern({head, {std::nullopt, leaky, std::nullopt}}, false);
  }
}

}  // namespace nibble::run_chain_test
