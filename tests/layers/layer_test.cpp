#include "layers/layer.h"

#include <catch2/catch.hpp>
#include <functional>

#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::layer_test {
namespace {

// A layer under test stands between a convolution and a linear layer, on images [4, 4, 4].
using Wire = std::function<NodeRef(Network&, NodeRef)>;

template <typename Options>
Wire one(const Options& options) {
  return [options](Network& net, NodeRef x) { return net.add("layer", options, {x}); };
}

Wire activation(ActivationKind kind) { return one(ActivationOptions{.kind = kind}); }

Network build(const Wire& wire, std::uint64_t seed) {
  Network net{Rng(seed)};
  const Conv2dOptions front{.out_channels = 4, .kernel = {1, 1}, .padding = {0, 0}, .bias = true};
  NodeRef x = net.add("front", front, {net.add_input("input", {4, 4, 3})});
  x = wire(net, x);
  if (net.shape(x).rank() != 1) x = net.add("flatten", FlattenOptions{}, {x});
  net.add("linear", LinearOptions{.out_features = 3}, {x});
  return net;
}

struct Case {
  const char* what;
  Wire wire;
};

std::vector<Case> cases() {
  return {
      {"conv2d", one(Conv2dOptions{.out_channels = 5})},
      {"conv2d with all options", one(Conv2dOptions{.out_channels = 6,
                                                    .kernel = {3, 1},
                                                    .stride = {2, 1},
                                                    .padding = {2, 1},
                                                    .dilation = {2, 1},
                                                    .groups = 2,
                                                    .bias = true})},
      {"depthwise conv2d", one(Conv2dOptions{.out_channels = 4, .groups = 4})},
      {"batch_norm", one(BatchNormOptions{})},
      {"relu", activation(ActivationKind::relu)},
      {"relu6", activation(ActivationKind::relu6)},
      {"leaky_relu", activation(ActivationKind::leaky_relu)},
      {"sigmoid", activation(ActivationKind::sigmoid)},
      {"tanh", activation(ActivationKind::tanh)},
      {"swish", activation(ActivationKind::swish)},
      {"hard_swish", activation(ActivationKind::hard_swish)},
      {"mish", activation(ActivationKind::mish)},
      {"add",
       [](Network& net, NodeRef x) {
         return net.add("layer", AddOptions{}, {x, net.add("branch", Conv2dOptions{.out_channels = 4}, {x})});
       }},
      {"multiply",
       [](Network& net, NodeRef x) {
         return net.add("layer", MultiplyOptions{},
                        {x, net.add("branch", Conv2dOptions{.out_channels = 4}, {x})});
       }},
      {"multiply by channel",
       [](Network& net, NodeRef x) {
         return net.add("layer", MultiplyOptions{}, {x, net.add("branch", GlobalPoolOptions{}, {x})});
       }},
      {"concat",
       [](Network& net, NodeRef x) {
         return net.add("layer", ConcatOptions{},
                        {x, net.add("branch", Conv2dOptions{.out_channels = 2}, {x}), x});
       }},
      {"max_pool", one(PoolOptions{.kind = PoolKind::max, .kernel = {3, 3}, .padding = {1, 1}})},
      {"average_pool", one(PoolOptions{.kind = PoolKind::average})},
      {"global_pool", one(GlobalPoolOptions{})},
      {"upsample", one(UpsampleOptions{.factor = 2})},
      {"flatten", one(FlattenOptions{})},
      {"linear",
       [](Network& net, NodeRef x) {
         return net.add("layer", LinearOptions{.out_features = 7, .bias = false},
                        {net.add("flat", FlattenOptions{}, {x})});
       }},
      {"subsample", one(SubsampleOptions{.stride = 2, .out_channels = 8})},
      {"dropout", one(DropoutOptions{.rate = 0.25})},
      {"slice", one(SliceOptions{.begin = 1, .end = 3})},
      {"quantizer", one(QuantizerOptions{.bits = 8, .is_signed = false, .learn_shift = true})},
  };
}

const Shape kBatch{6, 4, 4, 3};

}  // namespace

TEST_CASE("every_layer_survives_a_parameter_round_trip") {
  for (const auto& [what, wire] : cases()) {
    INFO(what);
    const Tensor x = random_tensor(kBatch);
    Network trained = build(wire, 1), fresh = build(wire, 2);
    initialize_quantizers(trained, x);
    loss_with_gradients(trained, x);  // moves the running statistics

    const auto saved = state(trained);
    std::size_t restored = 0;
    fresh.parameters([&](const std::string& name, ParameterKind, Var& value) {
      INFO(name);
      REQUIRE(saved.count(name) == 1);
      REQUIRE(saved.at(name).shape() == value.shape());
      value.mutable_value() = saved.at(name).clone();
      ++restored;
    });
    CHECK(restored == saved.size());
    CHECK(evaluated(fresh, x) == evaluated(trained, x));
  }
}

TEST_CASE("every_layer_lowers_the_loss_in_one_step") {
  for (const auto& [what, wire] : cases()) {
    INFO(what);
    const Tensor x = random_tensor(kBatch);
    Network net = build(wire, 3);
    initialize_quantizers(net, x);
    const double before = loss_with_gradients(net, x);
    net.parameters([&](const std::string& name, ParameterKind kind, Var& value) {
      INFO(name);
      CHECK(value.gradient().empty() == (kind == ParameterKind::statistic));
    });
    descend(net, before);
    CHECK(loss_with_gradients(net, x) < before);
  }
}

TEST_CASE("every_layer_declares_the_shape_that_it_computes") {
  for (const auto& [what, wire] : cases()) {
    INFO(what);
    const Tensor x = random_tensor(kBatch);
    Network net = build(wire, 1);
    initialize_quantizers(net, x);
    std::size_t seen = 0;
    net.forward(x, {}, [&](const NetworkNode& node, const Signal& output) {
      INFO(node.name);
      ++seen;
      const auto& extents = output.value.shape().extents();
      CHECK(extents[0] == 6);
      CHECK(std::vector<long>(extents.begin() + 1, extents.end()) == node.shape.extents());
    });
    CHECK(seen == net.nodes().size());
  }
}

TEST_CASE("only_layers_that_move_values_hand_a_grid_on") {
  const auto handed_on = [](const auto& options) {
    Network net;
    const NodeRef x = net.add("quant", QuantizerOptions{}, {net.add_input("input", {4, 4, 4})});
    net.add("layer", options, {x});
    initialize_quantizers(net, random_tensor({2, 4, 4, 4}));
    bool found = false;
    net.forward(random_tensor({2, 4, 4, 4}), {}, [&](const NetworkNode& node, const Signal& output) {
      if (node.name == "layer") {
        found = output.grid.has_value();
        CHECK((found == keeps_grid(node.layer) || std::holds_alternative<Concat>(node.layer)));
      }
    });
    return found;
  };
  CHECK(handed_on(PoolOptions{.kind = PoolKind::max}));
  CHECK(handed_on(UpsampleOptions{}));
  CHECK(handed_on(FlattenOptions{}));
  CHECK(handed_on(SubsampleOptions{.stride = 2, .out_channels = 6}));
  CHECK(handed_on(DropoutOptions{}));
  CHECK(handed_on(SliceOptions{.begin = 0, .end = 2}));
  CHECK(handed_on(ConcatOptions{}));
  CHECK_FALSE(handed_on(PoolOptions{.kind = PoolKind::average}));
  CHECK_FALSE(handed_on(GlobalPoolOptions{}));
  CHECK_FALSE(handed_on(BatchNormOptions{}));
  CHECK_FALSE(handed_on(ActivationOptions{}));
  CHECK_FALSE(handed_on(Conv2dOptions{.out_channels = 2}));
}

TEST_CASE("subsample_of_codes_holds_codes_only") {
  Network net;
  const NodeRef x = net.add("quant", QuantizerOptions{.bits = 3}, {net.add_input("input", {4, 4, 2})});
  net.add("shortcut", SubsampleOptions{.stride = 2, .out_channels = 6}, {x});
  // Values far from zero: real zero is no code, so the padding must be the code nearest to it.
  const Tensor sample = random_tensor({2, 4, 4, 2}, 1, 5, 9);
  initialize_quantizers(net, sample);
  net.forward(sample, {}, [&](const NetworkNode& node, const Signal& output) {
    if (node.name != "shortcut") return;
    const AffineGrid grid = output.grid->affine();
    const Tensor& y = output.value.value();
    CHECK(grid.value(grid.zero_code()) > 1);
    for (long i = 0; i < y.size(); ++i) {
      INFO("position " << i);
      CHECK(y[i] == Approx(grid.value(grid.code(y[i]))));
      if (i % 6 < 2 || i % 6 >= 4) CHECK(y[i] == grid.value(grid.zero_code()));
    }
  });
}

TEST_CASE("concat_hands_a_grid_on_only_if_all_branches_share_it") {
  Network net;
  const NodeRef input = net.add_input("input", {2, 2, 2});
  const NodeRef a = net.add("a", QuantizerOptions{}, {input});
  const NodeRef b = net.add("b", QuantizerOptions{}, {input});
  net.add("mixed", ConcatOptions{}, {a, b});
  net.add("same", ConcatOptions{}, {a, a});
  net.add("half", ConcatOptions{}, {a, input});
  const Tensor x = random_tensor({2, 2, 2, 2});
  initialize_quantizers(net, x);
  std::map<std::string, bool> grid;
  net.forward(x, {}, [&](const NetworkNode& node, const Signal& y) { grid[node.name] = y.grid.has_value(); });
  CHECK(grid["same"]);
  CHECK_FALSE(grid["mixed"]);
  CHECK_FALSE(grid["half"]);
}

}  // namespace nibble::layer_test
