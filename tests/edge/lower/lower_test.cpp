#include "edge/lower/lower.h"

#include <catch2/catch.hpp>

#include "core/random.h"
#include "edge/check/compare_network.h"
#include "edge/graph/node_view.h"
#include "edge/graph/verify.h"
#include "edge/lower/encode_input.h"
#include "edge/lower/fuse_tables.h"
#include "edge/run/evaluate.h"
#include "edge/run/reference.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

namespace nibble::edge::lower_test {
namespace {

Tensor images(const Shape& sample, long n, std::uint64_t seed) {
  Rng rng(seed);
  Tensor x = Tensor::uninitialized({n, sample[0], sample[1], sample[2]});
  for (Real& v : x) v = rng.normal();
  return x;
}

// Batch norms as training leaves them: gains of both signs, means off zero.
void randomize_norms(Network& network, std::uint64_t seed) {
  Rng rng(seed);
  for (NetworkNode& node : network.nodes()) {
    auto* norm = std::get_if<BatchNorm>(&node.layer);
    if (!norm) continue;
    for (Real& v : norm->weight.mutable_value()) v = rng.uniform(0.5f, 1.5f) * (rng.below(8) ? 1.0f : -1.0f);
    for (Real& v : norm->bias.mutable_value()) v = rng.uniform(-0.5f, 0.5f);
    for (Real& v : norm->running_mean.mutable_value()) v = rng.uniform(-0.3f, 0.3f);
    for (Real& v : norm->running_variance.mutable_value()) v = rng.uniform(0.3f, 2.0f);
  }
}

QuantPolicy policy_of(QuantMethod method, int bits = 4) {
  QuantPolicy policy;
  policy.method = method;
  policy.weight_bits = policy.activation_bits = bits;
  return policy;
}

Network quantized(Network network, const QuantPolicy& policy) {
  randomize_norms(network, 5);
  quantize(network, policy);
  initialize_quantizers(network, images(network.input_shape(), 16, 6));
  return network;
}

const Shape kSample{12, 12, 3};

Network model(const std::string& kind, ActivationKind activation, const QuantPolicy& policy,
              Shortcut shortcut = Shortcut::subsample) {
  return quantized(
      build_model({.kind = kind, .activation = activation, .shortcut = shortcut}, kSample, 10, Rng(3)),
      policy);
}

// At most 0.1 % of all codes, none by more than one step: the gate of the contract.
void check_agreement(Network& network, const IntegerGraph& graph) {
  long codes = 0, differing = 0;
  for (const LayerAgreement& layer :
       compare_with_network(network, graph, images(network.input_shape(), 12, 7))) {
    INFO(layer.layer << ": " << layer.differing << " of " << layer.codes << " codes differ");
    CHECK(layer.largest_step <= 1);
    CHECK(static_cast<double>(layer.differing) <= 2 + 0.001 * static_cast<double>(layer.codes));
    codes += layer.codes;
    differing += layer.differing;
  }
  INFO(differing << " of " << codes << " codes differ");
  CHECK(codes > 1000);
  CHECK(static_cast<double>(differing) <= 0.001 * static_cast<double>(codes));
}

// A network of one input, quantizers written by hand, and whatever a test adds.
struct Small {
  Network network{Rng(9)};
  NodeRef last;

  explicit Small(const Shape& sample, bool is_signed = false) {
    last = network.add_input("image", sample);
    quantizer("image/quant", 8, is_signed);
  }
  template <typename Options>
  Small& add(const std::string& name, const Options& options) {
    last = network.add(name, options, {last});
    return *this;
  }
  Small& quantizer(const std::string& name, int bits = 4, bool is_signed = false) {
    return add(name, QuantizerOptions{.bits = bits, .is_signed = is_signed});
  }
  IntegerGraph lowered() {
    for (NetworkNode& node : network.nodes()) {
      for (const Weights& found : weights(node.layer)) {
        if (*found.quantizer) continue;
        *found.quantizer =
            make_quantizer({.bits = 4, .is_signed = true, .learn_shift = false, .weight = true}, 1);
      }
    }
    initialize_quantizers(network,
                          images(network.input_shape().rank() == 3 ? network.input_shape()
                                                                   : Shape{1, 1, network.input_shape()[0]},
                                 8, 4)
                              .reshaped(batch(8)));
    return lower(network);
  }
  Shape batch(long n) const {
    std::vector<long> extents{n};
    for (const long e : network.input_shape().extents()) extents.push_back(e);
    return Shape(extents);
  }
};

}  // namespace

TEST_CASE("fake_quantized_float_and_integers_agree_layer_by_layer_for_every_activation") {
  for (const ActivationKind activation :
       {ActivationKind::relu, ActivationKind::relu6, ActivationKind::leaky_relu, ActivationKind::swish,
        ActivationKind::hard_swish, ActivationKind::mish, ActivationKind::sigmoid, ActivationKind::tanh}) {
    INFO(name(activation));
    Network network = model("resnet8", activation, policy_of(QuantMethod::learned_scale_shift));
    check_agreement(network, lower(network));
  }
}

TEST_CASE("fake_quantized_float_and_integers_agree_for_every_method") {
  for (const QuantMethod method : {QuantMethod::lsq, QuantMethod::lsq_plus}) {
    for (const ActivationKind activation : {ActivationKind::relu, ActivationKind::swish}) {
      INFO(static_cast<int>(method) << ' ' << name(activation));
      Network network = model("resnet8", activation, policy_of(method));
      check_agreement(network, lower(network));
    }
  }
}

TEST_CASE("fake_quantized_float_and_integers_agree_for_every_model_bits_border_and_shortcut", "[once]") {
  QuantPolicy low = policy_of(QuantMethod::learned_scale_shift, 3),
              lowest_code = policy_of(QuantMethod::learned_scale_shift),
              all_four = policy_of(QuantMethod::learned_scale_shift),
              per_tensor = policy_of(QuantMethod::learned_scale_shift),
              is_signed = policy_of(QuantMethod::lsq);
  lowest_code.border = Border::lowest_code;
  all_four.first_and_last_bits = all_four.join_bits = 4;
  per_tensor.weight_granularity = Granularity::tensor;
  is_signed.activation_sign = Sign::is_signed;
  for (const QuantPolicy& policy : {low, lowest_code, all_four, per_tensor, is_signed}) {
    Network network = model("resnet20", ActivationKind::swish, policy, Shortcut::projection);
    check_agreement(network, lower(network));
  }
  for (const char* kind : {"vgg_small", "mlp"}) {
    for (const ActivationKind activation : {ActivationKind::relu, ActivationKind::mish}) {
      INFO(kind);
      Network network = model(kind, activation, low);
      check_agreement(network, lower(network));
    }
  }
}

TEST_CASE("integer_scores_are_the_networks_scores_up_to_codes_that_flip") {
  Network network = model("resnet20", ActivationKind::swish, policy_of(QuantMethod::learned_scale_shift));
  const IntegerGraph graph = lower(network);
  const Tensor x = images(kSample, 32, 8);
  const NoGradient evaluation;
  const Tensor scores = network.forward(x, Pass{}).value();
  const Array<std::int32_t> integers = Evaluator(graph)(encode_input(graph, x));
  REQUIRE(integers.shape() == scores.shape());
  double error = 0, size = 0;
  for (long i = 0; i < scores.size(); ++i) {
    error += std::abs(graph.output().scale * integers[i] - scores[i]);
    size += std::abs(scores[i]);
  }
  CHECK(error < 0.02 * size);
}

TEST_CASE("inputs_are_encoded_as_the_first_quantizer_does") {
  for (const bool is_signed : {false, true}) {
    Small net({3, 3, 2}, is_signed);
    net.add("fc/flat", FlattenOptions{}).add("fc", LinearOptions{.out_features = 2});
    const IntegerGraph graph = net.lowered();
    CHECK(graph.input().lowest == (is_signed ? -128 : 0));
    CHECK(graph.input().top == 255);
    const Tensor x = images({3, 3, 2}, 200, 3);
    const Array<std::uint8_t> codes = encode_input(graph, x);
    const AffineGrid grid = affine(std::get<ActivationQuantizer>(net.network.nodes()[1].layer).quantizer);
    for (long i = 0; i < x.size(); ++i) REQUIRE(codes[i] + graph.input().lowest == grid.code(x[i]));
  }
}

TEST_CASE("what_stands_between_a_sum_and_its_quantizer_becomes_one_node") {
  Small net({4, 4, 2});
  net.add("conv", Conv2dOptions{.out_channels = 3})
      .add("bn", BatchNormOptions{})
      .add("act", ActivationOptions{});
  net.quantizer("act/quant").add("drop", DropoutOptions{}).add("flat", FlattenOptions{});
  net.add("fc", LinearOptions{.out_features = 5});
  const IntegerGraph graph = net.lowered();
  REQUIRE(graph.nodes.size() == 3);
  CHECK(name(graph, graph.nodes[0]) == "act/quant");
  CHECK(std::string(kind(graph.nodes[1].op)) == "reshape");
  CHECK(graph.output().scores);
  CHECK(graph.output().name == "fc");
}

TEST_CASE("relu_is_the_lower_clamp_at_the_code_of_zero") {
  Small net({4, 4, 2});
  net.add("conv", Conv2dOptions{.out_channels = 3}).add("act", ActivationOptions{});
  net.add("act/quant", QuantizerOptions{.bits = 4, .is_signed = true}).add("flat", FlattenOptions{});
  net.add("fc", LinearOptions{.out_features = 5});
  const IntegerGraph graph = net.lowered();
  const auto& r = std::get<IntegerConv>(graph.nodes[0].op).requantization;
  const AffineGrid grid = affine(std::get<ActivationQuantizer>(net.network.nodes()[4].layer).quantizer);
  CHECK(r.lo == grid.zero_code() + 8);
  CHECK(r.hi == 15);
}

TEST_CASE("depthwise_and_grouped_convolutions_pools_and_upsampling_agree_with_float") {
  Small net({9, 8, 4});
  net.add("a", Conv2dOptions{.out_channels = 8, .stride = {2, 1}, .groups = 2, .bias = true})
      .quantizer("a/quant");
  net.add("b", Conv2dOptions{.out_channels = 8, .padding = {2, 2}, .dilation = {2, 2}, .groups = 8});
  net.add("b/act", ActivationOptions{.kind = ActivationKind::leaky_relu}).quantizer("b/quant");
  net.add("max", PoolOptions{.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}});
  net.add("up", UpsampleOptions{.factor = 2});
  net.add("mean", PoolOptions{.kind = PoolKind::average, .kernel = {3, 3}}).quantizer("mean/quant", 8);
  net.add("again", ActivationOptions{.kind = ActivationKind::hard_swish}).quantizer("again/quant");
  net.add("all", GlobalPoolOptions{}).quantizer("all/quant", 8).add("fc", LinearOptions{.out_features = 5});
  const IntegerGraph graph = net.lowered();
  check_agreement(net.network, graph);
}

TEST_CASE("parts_of_a_concatenation_come_to_one_grid") {
  Small net({6, 5, 3}, true);
  const NodeRef image = net.last;
  const NodeRef sum = net.add("conv", Conv2dOptions{.out_channels = 4}).add("act", ActivationOptions{}).last;
  net.last = image;
  const NodeRef codes = net.add("other", Conv2dOptions{.out_channels = 5}).quantizer("other/quant").last;
  const NodeRef curve = net.add("curve", ActivationOptions{.kind = ActivationKind::mish}).last;
  net.last = net.network.add("cat", ConcatOptions{}, {sum, codes, curve});
  net.last = net.network.add("again", ConcatOptions{}, {net.last, codes});
  const NodeRef joined = net.quantizer("again/quant", 8, true).last;
  net.last = net.network.add("same", ConcatOptions{}, {joined, net.add("slice", SliceOptions{3, 8}).last});
  net.add("pool", PoolOptions{}).add("mean", GlobalPoolOptions{}).quantizer("mean/quant", 8);
  net.add("fc", LinearOptions{.out_features = 3});
  const IntegerGraph graph = net.lowered();
  std::vector<std::string> kinds;
  for (const IntegerNode& node : graph.nodes) kinds.emplace_back(kind(node.op));
  CHECK(kinds == std::vector<std::string>{"conv2d", "conv2d", "table", "table", "table", "concat", "slice",
                                          "concat", "max_pool", "average_pool", "linear"});
  check_agreement(net.network, graph);
}

TEST_CASE("products_element_by_element_and_by_channel_agree_with_float") {
  for (const bool is_signed : {false, true}) {
    Small net({9, 8, 4}, is_signed);
    const NodeRef image = net.last;
    const NodeRef conv =
        net.add("conv", Conv2dOptions{.out_channels = 4}).quantizer("conv/quant", 8, is_signed).last;
    net.last = net.network.add("product", MultiplyOptions{}, {conv, image});
    const NodeRef product = net.add("act", ActivationOptions{}).quantizer("act/quant", 8).last;
    const NodeRef factors = net.add("all", GlobalPoolOptions{}).quantizer("all/quant", 8, is_signed).last;
    net.last = net.network.add("scaled", MultiplyOptions{}, {product, factors});
    net.quantizer("scaled/quant").add("mean", GlobalPoolOptions{}).quantizer("mean/quant", 8);
    net.add("fc", LinearOptions{.out_features = 5});
    const IntegerGraph graph = net.lowered();
    check_agreement(net.network, graph);
  }
}

TEST_CASE("networks_without_an_integer_form_are_refused_by_node_and_reason") {
  struct Case {
    std::function<void(Small&)> build;
    const char* message;
  };
  const Case cases[] = {
      {[](Small& n) { n.add("conv", Conv2dOptions{.out_channels = 2}); },
       "lower: node 'conv': the network ends in real values, expected a linear layer or a quantizer"},
      {[](Small& n) { n.add("conv", Conv2dOptions{.out_channels = 2}).add("pool", PoolOptions{}); },
       "lower: node 'pool': its input 'conv' is not on a grid, expected a quantizer in between"},
      {[](Small& n) { n.add("bn", BatchNormOptions{}); },
       "lower: node 'bn': a batch norm has an integer form only"},
      {[](Small& n) {
         n.add("conv", Conv2dOptions{.out_channels = 2})
             .add("act", ActivationOptions{.kind = ActivationKind::swish});
       },
       "lower: node 'act': a swish is a table of codes, expected a quantizer in front of it"},
      {[](Small& n) {
         n.add("mean", PoolOptions{.kind = PoolKind::average, .kernel = {2, 2}, .padding = {1, 1}});
       },
       "lower: node 'mean': found an average pool with padding"},
      {[](Small& n) {
         n.add("conv", Conv2dOptions{.out_channels = 2}).add("slice", SliceOptions{0, 1});
       },
       "lower: node 'slice': its input 'conv' is not on a grid, expected a quantizer in between"},
      {[](Small& n) {
         n.last = n.network.add("cat", ConcatOptions{}, {n.last, n.add("act", ActivationOptions{}).last});
         n.add("pool", PoolOptions{});
       },
       "lower: node 'pool': its input 'cat' is not on a grid, expected a quantizer in between"},
      {[](Small& n) {
         n.last = n.network.add("mul", MultiplyOptions{}, {n.last, n.last});
         n.add("bn", BatchNormOptions{});
       },
       "lower: node 'bn': a batch norm has an integer form only"},
      {[](Small& n) {
         n.last = n.network.add("mul", MultiplyOptions{}, {n.last, n.last});
         n.add("act", ActivationOptions{.kind = ActivationKind::leaky_relu});
       },
       "lower: node 'act': a leaky_relu of a product has no integer form"},
  };
  for (const auto& [build, message] : cases) {
    Small net({4, 4, 2});
    build(net);
    INFO(message);
    CHECK_THROWS_WITH(net.lowered(), Catch::Contains(message));
  }
}

TEST_CASE("scores_of_different_scales_get_one_of_16_bits") {
  Small net({4, 4, 2});
  net.add("flat", FlattenOptions{}).add("fc", LinearOptions{.out_features = 3});
  std::get<Linear>(net.network.nodes().back().layer).weight_quantizer =
      make_quantizer({.bits = 4, .is_signed = true, .learn_shift = false, .weight = true}, 3);
  const IntegerGraph graph = net.lowered();
  CHECK(graph.output().score_bits == 16);
  const Tensor x = images({4, 4, 2}, 20, 8);
  const Array<std::int32_t> scores = run_reference(graph, encode_input(graph, x));
  const NoGradient evaluation;
  const Tensor real = net.network.forward(x, Pass{}).value();
  for (long i = 0; i < scores.size(); ++i)
    CHECK(std::abs(static_cast<double>(scores[i]) / 1024 - double{real[i]}) < 1.0 / 1024);
  const Array<std::int32_t> fast = Evaluator(graph)(encode_input(graph, x));
  CHECK(std::equal(fast.begin(), fast.end(), scores.begin()));
}

TEST_CASE("unquantized_weights_and_images_are_refused") {
  Network network(Rng(1));
  const NodeRef image = network.add_input("image", {4});
  network.add("fc", LinearOptions{.out_features = 2}, {image});
  CHECK_THROWS_WITH(lower(network),
                    "lower: node 'fc': its input 'image' is not on a grid, expected a quantizer in between");
}

TEST_CASE("odd_codes_of_dorefa_at_4_bits_are_stored_in_8") {
  Small net({4, 4, 2});
  net.add("conv", Conv2dOptions{.out_channels = 3}).quantizer("q").add("flat", FlattenOptions{});
  net.add("fc", LinearOptions{.out_features = 3});
  std::get<Conv2d>(net.network.nodes()[2].layer).weight_quantizer = make_quantizer(
      {.method = QuantMethod::dorefa, .bits = 4, .is_signed = true, .learn_shift = false, .weight = true}, 1);
  const IntegerGraph graph = net.lowered();
  const auto& conv = std::get<IntegerConv>(graph.nodes[0].op);
  CHECK(conv.weight_bits == 8);
  CHECK(*std::max_element(conv.weights.begin(), conv.weights.end()) == 15);
  check_agreement(net.network, graph);
}

TEST_CASE("tables_in_a_row_become_one_unless_somebody_reads_between_them") {
  const auto graph_with = [](bool read_between) {
    IntegerGraph graph;
    const auto tensor = [&](const char* tensor_name) {
      IntegerTensor t;
      t.name = tensor_name;
      t.shape = {4};
      t.top = 3;
      graph.tensors.push_back(t);
    };
    for (const char* tensor_name : {"x", "a", "b", "c"}) tensor(tensor_name);
    graph.nodes.push_back({IntegerTable{{1, 2, 3, 0}}, {0}, 1});
    graph.nodes.push_back({IntegerTable{{2, 0, 1, 3}}, {1}, 2});
    graph.nodes.push_back({IntegerTable{{3, 3, 1, 0}}, {2}, 3});
    graph.outputs = {read_between ? 4 : 3};
    if (read_between) {
      tensor("sum");
      IntegerAdd add;
      add.line = {1, 1, 1};
      add.shift = 1;
      add.hi = 3;
      graph.nodes.push_back({add, {1, 3}, 4});
    }
    return graph;
  };
  const Array<std::uint8_t> x({1, 4}, {0, 1, 2, 3});
  for (const bool read_between : {false, true}) {
    IntegerGraph graph = graph_with(read_between);
    const Array<std::int32_t> before = run_reference(graph, x);
    fuse_tables(graph);
    verify(graph);
    CHECK(graph.nodes.size() == (read_between ? 3u : 1u));
    const Array<std::int32_t> after = run_reference(graph, x);
    CHECK(std::equal(before.begin(), before.end(), after.begin()));
  }
}

}  // namespace nibble::edge::lower_test
