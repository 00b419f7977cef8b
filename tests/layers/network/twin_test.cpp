// Every plan against its slow twin: a built-in network, and every layer (chains: run_chain_test.cpp).

#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/twin.h"

namespace nibble::twin_test {
namespace {

void quantize_for(Network& net, QuantMethod method, const Tensor& sample, long sequences = 0) {
  move_biases(net);
  if (method != QuantMethod::none) quantize(net, policy(method));
  initialize_quantizers(net, sample, sequences);
}

Network resnet(ActivationKind activation, QuantMethod method, const Tensor& sample) {
  Network net = build_model({.kind = "resnet8", .activation = activation}, {12, 12, 3}, 10, Rng(3));
  quantize_for(net, method, sample);
  return net;
}

using Wire = std::function<NodeRef(Network&, NodeRef)>;

template <typename Options>
Wire one(const Options& options) {
  return [options](Network& net, NodeRef x) { return net.add("layer", options, {x}); };
}

// Where a layer of this type stands, on images [6, 6, 4], or on 3 tokens for each of 2 sequences. A new layer
// needs its own.
template <typename LayerType>
std::vector<Wire> wires() {
  static_assert(sizeof(LayerType) == 0, "a layer without a case: add one here");
  return {};
}

template <>
std::vector<Wire> wires<InputLayer>() {
  return {[](Network&, NodeRef x) { return x; }};
}
template <>
std::vector<Wire> wires<Conv2d>() {
  return {one(Conv2dOptions{.out_channels = 5}), one(Conv2dOptions{.out_channels = 4, .bias = true}),
          one(Conv2dOptions{.out_channels = 4, .groups = 2}),
          one(Conv2dOptions{.out_channels = 4, .groups = 4}),
          one(Conv2dOptions{.out_channels = 4, .groups = 4, .bias = true})};
}
template <>
std::vector<Wire> wires<Linear>() {
  return {[](Network& net, NodeRef x) {
    return net.add("layer", LinearOptions{.out_features = 7}, {net.add("flat", FlattenOptions{}, {x})});
  }};
}
template <>
std::vector<Wire> wires<BatchNorm>() {
  return {one(BatchNormOptions{}), [](Network& net, NodeRef x) {
            x = net.add("conv", Conv2dOptions{.out_channels = 4}, {x});
            x = net.add("layer", BatchNormOptions{}, {x});
            return net.add("pool", PoolOptions{}, {x});  // nothing to make a chain with
          }};
}
template <>
std::vector<Wire> wires<Activation>() {
  std::vector<Wire> all;
  for (const ActivationKind kind :
       {ActivationKind::relu, ActivationKind::relu6, ActivationKind::leaky_relu, ActivationKind::sigmoid,
        ActivationKind::tanh, ActivationKind::swish, ActivationKind::hard_swish, ActivationKind::mish})
    all.push_back(one(ActivationOptions{.kind = kind}));
  return all;
}
template <>
std::vector<Wire> wires<Add>() {
  return {[](Network& net, NodeRef x) {
    return net.add("layer", AddOptions{}, {x, net.add("branch", Conv2dOptions{.out_channels = 4}, {x})});
  }};
}
template <>
std::vector<Wire> wires<Multiply>() {
  return {[](Network& net, NodeRef x) {
            return net.add("layer", MultiplyOptions{},
                           {x, net.add("branch", Conv2dOptions{.out_channels = 4}, {x})});
          },
          [](Network& net, NodeRef x) {
            return net.add("layer", MultiplyOptions{}, {x, net.add("branch", GlobalPoolOptions{}, {x})});
          }};
}
template <>
std::vector<Wire> wires<Concat>() {
  return {[](Network& net, NodeRef x) {
    return net.add("layer", ConcatOptions{},
                   {x, net.add("branch", Conv2dOptions{.out_channels = 2}, {x}), x});
  }};
}
template <>
std::vector<Wire> wires<Pool>() {
  return {one(PoolOptions{.kind = PoolKind::max, .kernel = {3, 3}, .padding = {1, 1}}),
          one(PoolOptions{.kind = PoolKind::average})};
}
template <>
std::vector<Wire> wires<GlobalPool>() {
  return {one(GlobalPoolOptions{})};
}
template <>
std::vector<Wire> wires<Upsample>() {
  return {one(UpsampleOptions{})};
}
template <>
std::vector<Wire> wires<Flatten>() {
  return {one(FlattenOptions{})};
}
template <>
std::vector<Wire> wires<Subsample>() {
  return {one(SubsampleOptions{.stride = 2, .out_channels = 8})};
}
template <>
std::vector<Wire> wires<Dropout>() {
  return {one(DropoutOptions{.rate = 0.25}), one(DropoutOptions{.rate = 0})};
}
template <>
std::vector<Wire> wires<Slice>() {
  return {one(SliceOptions{.begin = 1, .end = 3})};
}
template <>
std::vector<Wire> wires<ActivationQuantizer>() {
  return {one(QuantizerOptions{.bits = 4})};
}
template <>
std::vector<Wire> wires<Embedding>() {
  return {one(EmbeddingOptions{.vocabulary = 9, .features = 6, .first_weights = 0.5})};
}
template <>
std::vector<Wire> wires<Recurrent>() {
  std::vector<Wire> all;
  for (const RecurrentKind kind : {RecurrentKind::lstm, RecurrentKind::gru}) {
    all.push_back([kind](Network& net, NodeRef x) {
      x = net.add("embedding", EmbeddingOptions{.vocabulary = 9, .features = 6, .first_weights = 0.5}, {x});
      x = net.add("layer", RecurrentOptions{.kind = kind, .hidden = 5, .first_weights = 0.5}, {x});
      return net.add("next", RecurrentOptions{.kind = kind, .hidden = 4, .first_weights = 0.5}, {x});
    });
  }
  return all;
}

Network image_network(const Wire& wire, QuantMethod method, const Tensor& x) {
  Network net(Rng(3));
  NodeRef node =
      net.add("front", Conv2dOptions{.out_channels = 4, .bias = true}, {net.add_input("input", {6, 6, 3})});
  node = wire(net, net.add("front/act", ActivationOptions{}, {node}));
  if (net.shape(node).rank() == 3) {
    node = net.add("behind", Conv2dOptions{.out_channels = 4, .bias = true}, {node});
    node = net.add("flatten", FlattenOptions{}, {node});
  }
  net.add("linear", LinearOptions{.out_features = 3}, {node});
  quantize_for(net, method, x);
  return net;
}

Network token_network(const Wire& wire, QuantMethod method, const Tensor& x) {
  Network net(Rng(3));
  const NodeRef node = wire(net, net.add_input("tokens", {1}));
  net.add("scores", LinearOptions{.out_features = 9}, {node});
  quantize_for(net, method, x, 2);
  return net;
}

template <typename LayerType>
void compare_layer() {
  constexpr bool tokens = std::is_same_v<LayerType, Embedding> || std::is_same_v<LayerType, Recurrent>;
  const Tensor x = tokens ? Tensor({6, 1}, {1, 4, 0, 8, 2, 4}) : random_tensor({6, 6, 6, 3}, 2, -1.5F, 1.5F);
  for (const QuantMethod method : {QuantMethod::none, QuantMethod::learned_scale_shift, QuantMethod::pact}) {
    // Recurrent layers need a plain grid; the last bits of float decide too much of so small a network.
    if (method == QuantMethod::pact && (tokens || !kDouble)) continue;
    // A quantizer that is there already is not for quantize().
    if (method != QuantMethod::none && std::is_same_v<LayerType, ActivationQuantizer>) continue;
    for (const Wire& wire : wires<LayerType>()) {
      TwinCase twin;
      twin.make = [&] { return tokens ? token_network(wire, method, x) : image_network(wire, method, x); };
      const Network net = twin.make();
      for (const NetworkNode& node : net.nodes()) twin.what += str(kind(node.layer), " ");
      twin.x = x;
      twin.quantized = method != QuantMethod::none || std::is_same_v<LayerType, ActivationQuantizer>;
      twin.sequences = tokens ? 2 : 0;
      for (const bool training : {true, false}) compare_twins(twin, training);
    }
  }
}

template <typename... Layers>
void compare_layers(const std::variant<Layers...>*) {
  (compare_layer<Layers>(), ...);
}

}  // namespace

TEST_CASE("a_planned_walk_equals_the_plain_one") {
  // The last image has 9 pixels, so that no mean of codes lies in the middle between two.
  const Tensor x = random_tensor({8, 12, 12, 3}, 2, -1.5F, 1.5F);
  std::vector<QuantMethod> methods{QuantMethod::none, QuantMethod::learned_scale_shift};
  if (kDouble) methods.insert(methods.end(), {QuantMethod::lsq, QuantMethod::pact, QuantMethod::dorefa});
  for (const ActivationKind activation : {ActivationKind::relu, ActivationKind::swish}) {
    for (const QuantMethod method : methods) {
      const TwinCase twin{str(name(activation), ", method ", static_cast<int>(method)),
                          [&] { return resnet(activation, method, x); }, x, method != QuantMethod::none};
      for (const bool training : {true, false}) compare_twins(twin, training);
    }
  }
}

TEST_CASE("every_layer_computes_what_its_slow_twin_computes") {
  compare_layers(static_cast<const Layer*>(nullptr));
}

}  // namespace nibble::twin_test
