#include "layers/network/blocks.h"

#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::blocks_test {
namespace {

Network quantized_net(const std::string& kind, const Tensor& x) {
  Network net = build_model({.kind = kind}, {x.shape()[1], x.shape()[2], 3}, 10, Rng(3));
  quantize(net, policy(QuantMethod::learned_scale_shift));
  initialize_quantizers(net, x);
  return net;
}

std::vector<std::string> names(const std::vector<Block>& blocks) {
  std::vector<std::string> found;
  for (const Block& block : blocks) found.push_back(block.name);
  return found;
}

// What the blocks say one after the other.
std::vector<Real> in_turn(const Network& net, const Tensor& x, bool quantizers) {
  const NoGradient evaluation;
  Tensor signal = x;
  for (const Block& block : find_blocks(net))
    signal = take_block(net, block, quantizers).forward(signal, Pass{}).value();
  return values(signal);
}

}  // namespace

TEST_CASE("blocks_are_what_the_author_of_a_model_named") {
  const Tensor x = random_tensor({2, 32, 32, 3});
  CHECK(names(find_blocks(quantized_net("resnet8", x))) ==
        std::vector<std::string>{"conv1", "layer1/0", "layer2/0", "layer3/0", "pool"});
  const std::vector<Block> mobile = find_blocks(quantized_net("mobilenet_v2", x));
  REQUIRE(mobile.size() == 20);
  CHECK(mobile.front().name == "features/0/0");
  CHECK(mobile[3].name == "features/3");
}

TEST_CASE("every_node_but_the_input_is_in_one_block_and_a_block_leaves_real_numbers", "[once]") {
  const Tensor x = random_tensor({2, 32, 32, 3});
  for (const char* kind : {"resnet8", "mobilenet_v1", "mobilenet_v2", "efficientnet_b0", "vgg_small"}) {
    INFO(kind);
    const Network net = quantized_net(kind, x);
    std::size_t next = 1;
    for (const Block& block : find_blocks(net)) {
      CHECK(block.first == next);
      CHECK(block.input.index == static_cast<int>(next) - 1);
      CHECK_FALSE(std::holds_alternative<ActivationQuantizer>(net.nodes()[block.last].layer));
      next = block.last + 1;
    }
    CHECK(next == net.nodes().size());
  }
}

TEST_CASE("blocks_in_turn_say_what_the_network_says") {
  const Tensor x = random_tensor({3, 32, 32, 3});
  for (const char* kind : {"resnet8", "mobilenet_v2"}) {
    INFO(kind);
    Network net = quantized_net(kind, x);
    CHECK(in_turn(net, x, true) == evaluated(net, x));
    Network without = build_model({.kind = kind}, {32, 32, 3}, 10, Rng(3));
    const std::vector<Real> real = evaluated(without, x), found = in_turn(net, x, false);
    REQUIRE(found.size() == real.size());
    for (std::size_t i = 0; i < real.size(); ++i) CHECK(found[i] == Approx(real[i]).margin(1e-4));
  }
}

TEST_CASE("a_block_shares_its_values_with_the_network") {
  const Tensor x = random_tensor({2, 32, 32, 3});
  Network net = quantized_net("resnet8", x);
  Network block = take_block(net, find_blocks(net)[1], true);
  block.parameters([](const std::string& name, ParameterKind, Var& value) {
    if (name == "layer1/0/conv1/weight") value.mutable_value().fill(Real(0.125));
  });
  CHECK(state(net).at("layer1/0/conv1/weight")[7] == Real(0.125));
}

TEST_CASE("blocks_refuse_networks_of_texts") {
  Network net = build_model({.kind = "lstm", .width = 4}, {1}, 10, Rng(1));
  CHECK_THROWS_WITH(find_blocks(net), Catch::Contains("recurrent layer"));
}

}  // namespace nibble::blocks_test
