#include <catch2/catch.hpp>

#include "layers/network/network.h"

namespace nibble::outputs_test {
namespace {

const Conv2dOptions kConv{.out_channels = 4, .kernel = {3, 3}, .padding = {1, 1}};

// conv → norm → relu → quantizer, a chain in one sweep, and a linear layer behind it.
struct Chain {
  Network net{Rng(5)};
  NodeRef conv, norm, act, quant, fc;

  Chain() {
    conv = net.add("conv", kConv, {net.add_input("image", {6, 6, 3})});
    norm = net.add("norm", BatchNormOptions{}, {conv});
    act = net.add("act", ActivationOptions{}, {norm});
    quant = net.add("quant", QuantizerOptions{}, {act});
    fc = net.add("fc", LinearOptions{.out_features = 3}, {net.add("flat", FlattenOptions{}, {quant})});
    Pass pass;
    pass.initialize = true;
    net.forward(images(), pass);
  }
  static Tensor images() {
    Rng rng(2);
    Tensor x = Tensor::uninitialized({2, 6, 6, 3});
    for (Real& v : x) v = rng.normal();
    return x;
  }
};

}  // namespace

TEST_CASE("the_last_node_is_the_output_unless_others_are_set") {
  Chain chain;
  CHECK(chain.net.outputs() == std::vector<NodeRef>{chain.fc});
  CHECK(chain.net.output_shape() == Shape{3});
  chain.net.set_outputs({chain.fc, chain.norm});
  CHECK(chain.net.outputs() == std::vector<NodeRef>{chain.fc, chain.norm});
  CHECK_THROWS_WITH(chain.net.output_shape(), "network: found 2 outputs, expected one");
  CHECK_THROWS_WITH(chain.net.forward(Chain::images(), Pass{}), "network: found 2 outputs, expected one");
}

TEST_CASE("outputs_inside_of_a_chain_are_made_and_equal_a_plain_walk") {
  for (const bool training : {false, true}) {
    Chain chain;
    for (const std::vector<NodeRef>& outputs : {std::vector<NodeRef>{chain.act, chain.fc},
                                                {chain.fc, chain.norm},
                                                {chain.quant, chain.norm, chain.act},
                                                {chain.conv, chain.quant}}) {
      Chain fused, plain;
      fused.net.set_outputs(outputs);
      plain.net.set_outputs(outputs);
      Pass pass;
      pass.training = training;
      const std::vector<Var> found = fused.net.forward_outputs(Chain::images(), pass);
      pass.plain = true;
      const std::vector<Var> expected = plain.net.forward_outputs(Chain::images(), pass);
      REQUIRE(found.size() == outputs.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        REQUIRE(found[i].shape() == expected[i].shape());
        long differing = 0;
        for (long k = 0; k < found[i].value().size(); ++k)
          differing += std::abs(found[i].value()[k] - expected[i].value()[k]) > Real(1e-4);
        CHECK(differing == 0);
      }
    }
  }
}

TEST_CASE("the_caller_reads_a_node_that_is_inserted_for_all_and_no_other") {
  Chain chain;
  chain.net.set_outputs({chain.fc, chain.conv});
  const auto names = [&] {
    std::vector<std::string> found;
    for (const NodeRef output : chain.net.outputs()) found.push_back(chain.net.node(output).name);
    return found;
  };
  const NodeRef reader{chain.conv.index + 1};
  chain.net.insert_after(chain.conv, "conv/quant4", QuantizerOptions{}, {reader});
  CHECK(names() == std::vector<std::string>{"fc", "conv"});
  chain.net.insert_after(chain.conv, "conv/quant", QuantizerOptions{});
  CHECK(names() == std::vector<std::string>{"fc", "conv/quant"});
}

TEST_CASE("outputs_that_are_none_unknown_or_named_twice_are_refused") {
  Chain chain;
  CHECK_THROWS_WITH(chain.net.set_outputs({}), "network: found no output, expected at least one");
  CHECK_THROWS_WITH(chain.net.set_outputs({{99}}), Catch::Contains("found output number 99"));
  CHECK_THROWS_WITH(chain.net.set_outputs({chain.fc, chain.fc}), Catch::Contains("found output 'fc' twice"));
}

}  // namespace nibble::outputs_test
