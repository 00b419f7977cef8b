#include "layers/network/quantize_plan.h"

#include <catch2/catch.hpp>
#include <map>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::quantize_plan_test {
namespace {

using Lines = std::vector<std::string>;

const char* short_name(QuantMethod method) {
  using enum QuantMethod;
  static const std::map<QuantMethod, const char*> names{{learned_scale_shift, "ours"},
                                                        {lsq, "lsq"},
                                                        {lsq_plus, "lsq_plus"},
                                                        {pact, "pact"},
                                                        {dorefa, "dorefa"}};
  return names.at(method);
}

// "u4+shift": an unsigned grid of 4 bits with a learned shift. "s8": signed, without.
std::string grid(const QuantizerOptions& o) {
  return str(o.is_signed ? 's' : 'u', o.bits, o.learn_shift ? "+shift" : "");
}

// Every activation quantizer of a quantized network, in the order of its nodes.
Lines activation_quantizers(const Network& net) {
  Lines lines;
  for (const NetworkNode& node : net.nodes()) {
    if (const auto* q = std::get_if<ActivationQuantizer>(&node.layer)) {
      lines.push_back(node.name + " " + grid(options(q->quantizer)));
    }
  }
  return lines;
}

Lines activation_quantizers(Network net, const QuantPolicy& policy) {
  quantize(net, policy);
  return activation_quantizers(net);
}

// Of every layer with weights: bits, scales, and the node that it reads.
Lines weight_quantizers(const Network& net, const QuantPolicy& policy) {
  Lines lines;
  for (const PlannedWeight& weight : plan_quantization(net, policy).weights) {
    lines.push_back(str(net.node(weight.node).name, " ", grid(weight.options), " x", weight.scales));
  }
  return lines;
}

Network model(const std::string& kind, ActivationKind activation = ActivationKind::relu,
              Shortcut shortcut = Shortcut::subsample) {
  return build_model({.kind = kind, .activation = activation, .shortcut = shortcut, .width = 0}, {16, 16, 3},
                     10, Rng(1));
}

const QuantPolicy kOurs = policy(QuantMethod::learned_scale_shift);

}  // namespace

TEST_CASE("resnet20_with_relu_is_quantized_where_codes_are_produced") {
  CHECK(activation_quantizers(model("resnet20"), kOurs) == Lines{
                                                               "input/quant u8+shift",
                                                               "act1/join u8",
                                                               "act1/quant u4",
                                                               "layer1/0/act1/quant u4",
                                                               "layer1/0/bn2/join u8+shift",
                                                               "layer1/0/act2/join u8",
                                                               "layer1/0/act2/quant u4",
                                                               "layer1/1/act1/quant u4",
                                                               "layer1/1/bn2/join u8+shift",
                                                               "layer1/1/act2/join u8",
                                                               "layer1/1/act2/quant u4",
                                                               "layer1/2/act1/quant u4",
                                                               "layer1/2/bn2/join u8+shift",
                                                               "layer1/2/act2/join u8",
                                                               "layer1/2/act2/quant u4",
                                                               "layer2/0/act1/quant u4",
                                                               "layer2/0/bn2/join u8+shift",
                                                               "layer2/0/act2/join u8",
                                                               "layer2/0/act2/quant u4",
                                                               "layer2/1/act1/quant u4",
                                                               "layer2/1/bn2/join u8+shift",
                                                               "layer2/1/act2/join u8",
                                                               "layer2/1/act2/quant u4",
                                                               "layer2/2/act1/quant u4",
                                                               "layer2/2/bn2/join u8+shift",
                                                               "layer2/2/act2/join u8",
                                                               "layer2/2/act2/quant u4",
                                                               "layer3/0/act1/quant u4",
                                                               "layer3/0/bn2/join u8+shift",
                                                               "layer3/0/act2/join u8",
                                                               "layer3/0/act2/quant u4",
                                                               "layer3/1/act1/quant u4",
                                                               "layer3/1/bn2/join u8+shift",
                                                               "layer3/1/act2/join u8",
                                                               "layer3/1/act2/quant u4",
                                                               "layer3/2/act1/quant u4",
                                                               "layer3/2/bn2/join u8+shift",
                                                               "layer3/2/act2/join u8",
                                                               "pool/quant u8",
                                                           });
}

TEST_CASE("resnet20_with_swish_also_quantizes_what_enters_its_tables") {
  const Lines lines = activation_quantizers(model("resnet20", ActivationKind::swish), kOurs);
  CHECK(Lines(lines.begin(), lines.begin() + 10) == Lines{
                                                        "input/quant u8+shift",
                                                        "bn1/table u8+shift",
                                                        "act1/join u8+shift",
                                                        "act1/quant u4+shift",
                                                        "layer1/0/bn1/table u8+shift",
                                                        "layer1/0/act1/quant u4+shift",
                                                        "layer1/0/bn2/join u8+shift",
                                                        "layer1/0/add/table u8+shift",
                                                        "layer1/0/act2/join u8+shift",
                                                        "layer1/0/act2/quant u4+shift",
                                                    });
  CHECK(Lines(lines.end() - 6, lines.end()) == Lines{
                                                   "layer3/2/bn1/table u8+shift",
                                                   "layer3/2/act1/quant u4+shift",
                                                   "layer3/2/bn2/join u8+shift",
                                                   "layer3/2/add/table u8+shift",
                                                   "layer3/2/act2/join u8+shift",
                                                   "pool/quant u8+shift",
                                               });
  CHECK(lines.size() == 4 + 9 * 6 - 1 + 1);
}

TEST_CASE("projection_shortcuts_join_behind_their_batch_norm") {
  const Lines lines =
      activation_quantizers(model("resnet20", ActivationKind::relu, Shortcut::projection), kOurs);
  CHECK(Lines(lines.begin() + 14, lines.begin() + 18) == Lines{
                                                             "layer2/0/act1/quant u4",
                                                             "layer2/0/bn2/join u8+shift",
                                                             "layer2/0/shortcut/1/join u8+shift",
                                                             "layer2/0/act2/join u8",
                                                         });
  // Both convolutions that read layer1/2/act2 take 4 bits, and no addition does: one quantizer.
  CHECK(lines[13] == "layer1/2/act2/quant u4");
  CHECK(lines[12] == "layer1/2/bn2/join u8+shift");
}

TEST_CASE("vgg_and_mlp_are_quantized_where_codes_are_produced") {
  CHECK(activation_quantizers(model("vgg_small"), kOurs) ==
        Lines{"input/quant u8+shift", "stage1/act1/quant u4", "stage1/act2/quant u4", "stage2/act1/quant u4",
              "stage2/act2/quant u4", "stage3/act1/quant u4", "stage3/act2/quant u8"});
  CHECK(activation_quantizers(model("mlp"), kOurs) ==
        Lines{"input/quant u8+shift", "act1/quant u4", "act2/quant u8"});
  CHECK(activation_quantizers(model("mlp", ActivationKind::mish), kOurs) ==
        Lines{"input/quant u8+shift", "fc1/table u8+shift", "act1/quant u4+shift", "fc2/table u8+shift",
              "act2/quant u8+shift"});
  CHECK(activation_quantizers(model("mlp", ActivationKind::leaky_relu), kOurs) ==
        Lines{"input/quant u8+shift", "act1/quant u4+shift", "act2/quant u8+shift"});
}

TEST_CASE("quantizers_stand_in_front_of_layers_that_move_codes") {
  Network net = model("vgg_small");
  quantize(net, kOurs);
  for (const NetworkNode& node : net.nodes()) {
    if (keeps_grid(node.layer)) {
      INFO(node.name);
      const std::string& source = net.node(node.inputs[0]).name;
      CHECK((source.ends_with("/quant") || source == "stage3/pool"));
    }
  }
}

TEST_CASE("an_all_4_bit_network_shares_one_quantizer_per_signal") {
  QuantPolicy all4 = kOurs;
  all4.first_and_last_bits = all4.join_bits = 4;
  const Lines lines = activation_quantizers(model("resnet20"), all4);
  CHECK(Lines(lines.begin(), lines.begin() + 5) ==
        Lines{"input/quant u8+shift", "act1/quant u4", "layer1/0/act1/quant u4", "layer1/0/bn2/join u4+shift",
              "layer1/0/act2/quant u4"});
  CHECK(lines.back() == "pool/quant u4");
}

TEST_CASE("weights_have_a_scale_per_channel_but_the_last_layer_has_one") {
  const Lines lines = weight_quantizers(model("resnet20"), kOurs);
  CHECK(lines.size() == 20);
  CHECK(Lines(lines.begin(), lines.begin() + 2) == Lines{"conv1 s8 x16", "layer1/0/conv1 s4 x16"});
  CHECK(Lines(lines.end() - 2, lines.end()) == Lines{"layer3/2/conv2 s4 x64", "linear s8 x1"});

  QuantPolicy per_tensor = kOurs;
  per_tensor.weight_granularity = Granularity::tensor;
  CHECK(weight_quantizers(model("mlp"), per_tensor) == Lines{"fc1 s8 x1", "fc2 s4 x1", "fc3 s8 x1"});
}

TEST_CASE("weights_of_pact_and_dorefa_have_one_scale") {
  for (const QuantMethod method : {QuantMethod::pact, QuantMethod::dorefa}) {
    CHECK(weight_quantizers(model("mlp"), policy(method)) == Lines{"fc1 s8 x1", "fc2 s4 x1", "fc3 s8 x1"});
  }
}

TEST_CASE("grids_follow_the_method_and_the_sign_option") {
  struct Case {
    QuantMethod method;
    Sign sign;
    std::vector<std::string> lines;  // of an mlp with swish: image, table, swish output
    std::string relu;                // behind a relu
  };
  using enum QuantMethod;
  const std::vector<Case> cases{
      {learned_scale_shift, Sign::automatic, {"ours u8+shift", "ours u8+shift", "ours u4+shift"}, "ours u4"},
      {learned_scale_shift, Sign::is_signed, {"ours s8+shift", "ours s8+shift", "ours s4+shift"}, "ours s4"},
      {learned_scale_shift,
       Sign::is_unsigned,
       {"ours u8+shift", "ours u8+shift", "ours u4+shift"},
       "ours u4"},
      {lsq_plus,
       Sign::automatic,
       {"lsq_plus u8+shift", "lsq_plus u8+shift", "lsq_plus u4+shift"},
       "lsq_plus u4"},
      {lsq, Sign::automatic, {"lsq s8", "lsq s8", "lsq s4"}, "lsq u4"},
      {lsq, Sign::is_signed, {"lsq s8", "lsq s8", "lsq s4"}, "lsq s4"},
      {lsq, Sign::is_unsigned, {"lsq s8", "lsq s8", "lsq u4"}, "lsq u4"},
      {pact, Sign::automatic, {"lsq s8", "lsq s8", "lsq s4"}, "pact u4"},
      {pact, Sign::is_unsigned, {"lsq s8", "lsq s8", "pact u4"}, "pact u4"},
      {dorefa, Sign::automatic, {"lsq s8", "lsq s8", "lsq s4"}, "dorefa u4"},
      {dorefa, Sign::is_signed, {"lsq s8", "lsq s8", "lsq s4"}, "lsq s4"},
  };
  for (const Case& c : cases) {
    QuantPolicy with = policy(c.method);
    with.activation_sign = c.sign;
    INFO(short_name(c.method) << " sign " << static_cast<int>(c.sign));
    const auto describe = [&](ActivationKind activation, std::size_t i) {
      const auto outputs = plan_quantization(model("mlp", activation), with).outputs;
      return std::string(short_name(outputs[i].shared->options.method)) + " " +
             grid(outputs[i].shared->options);
    };
    for (std::size_t i = 0; i < 3; ++i) CHECK(describe(ActivationKind::swish, i) == c.lines[i]);
    CHECK(describe(ActivationKind::relu, 1) == c.relu);
  }
}

TEST_CASE("overrides_set_bits_by_pattern_and_later_ones_win") {
  QuantPolicy with = kOurs;
  with.overrides = {{.pattern = "fc*", .weight_bits = 6, .activation_bits = 0},
                    {.pattern = "fc2", .weight_bits = 3, .activation_bits = 5},
                    {.pattern = "fc?", .weight_bits = 0, .activation_bits = 0}};
  CHECK(weight_quantizers(model("mlp"), with) == Lines{"fc1 s6 x64", "fc2 s3 x64", "fc3 s6 x1"});
  CHECK(activation_quantizers(model("mlp"), with) ==
        Lines{"input/quant u8+shift", "act1/quant u5", "act2/quant u8"});
}

TEST_CASE("an_override_that_matches_no_layer_with_weights_is_named") {
  for (const char* pattern : {"layer9/*", "bn1", "*/act1", ""}) {
    QuantPolicy with = kOurs;
    with.overrides = {{.pattern = pattern, .weight_bits = 8, .activation_bits = 0}};
    CHECK_THROWS_WITH(plan_quantization(model("resnet20"), with),
                      str("quantize: override '", pattern, "' matches no layer with weights"));
  }
}

TEST_CASE("bits_outside_of_2_to_8_are_refused") {
  QuantPolicy wide = kOurs, narrow = kOurs, override_ = kOurs;
  wide.weight_bits = 9;
  narrow.join_bits = 1;
  override_.overrides = {{.pattern = "conv1", .weight_bits = 0, .activation_bits = 16}};
  CHECK_THROWS_WITH(plan_quantization(model("mlp"), wide), "quantize: found weight_bits 9, expected 2 ... 8");
  CHECK_THROWS_WITH(plan_quantization(model("mlp"), narrow), "quantize: found join_bits 1, expected 2 ... 8");
  CHECK_THROWS_WITH(plan_quantization(model("mlp"), override_),
                    "quantize: found override 'conv1': activation_bits 16, expected 2 ... 8");
}

TEST_CASE("readers_of_different_bits_get_quantizers_behind_the_finest") {
  Network net;
  const NodeRef image = net.add_input("input", {8, 8, 3});
  const NodeRef x =
      net.add("act", ActivationOptions{}, {net.add("stem", Conv2dOptions{.out_channels = 4}, {image})});
  const NodeRef pooled = net.add("pool", PoolOptions{}, {x});
  const NodeRef a = net.add("a", Conv2dOptions{.out_channels = 4}, {pooled});
  const NodeRef b = net.add("b", Conv2dOptions{.out_channels = 4}, {pooled});
  const NodeRef c = net.add("c", Conv2dOptions{.out_channels = 4, .stride = {2, 2}}, {x});
  const NodeRef sum = net.add("sum", AddOptions{}, {net.add("ab", AddOptions{}, {a, b}), c});
  net.add("head", LinearOptions{.out_features = 2}, {net.add("flat", FlattenOptions{}, {sum})});

  QuantPolicy with = kOurs;
  with.overrides = {{.pattern = "b", .weight_bits = 0, .activation_bits = 6},
                    {.pattern = "c", .weight_bits = 0, .activation_bits = 3}};
  quantize(net, with);
  CHECK(activation_quantizers(net) == Lines{"input/quant u8+shift", "act/quant u6", "act/quant3 u3",
                                            "pool/quant u4", "a/join u8+shift", "b/join u8+shift",
                                            "c/join u8+shift", "ab/join u8+shift", "sum/quant u8+shift"});
  std::map<std::string, std::string> source;
  for (const NetworkNode& node : net.nodes()) {
    if (!node.inputs.empty()) source[node.name] = net.node(node.inputs[0]).name;
  }
  CHECK(source["act/quant3"] == "act/quant");
  CHECK(source["pool"] == "act/quant");
  CHECK(source["pool/quant"] == "pool");
  CHECK(source["a"] == "pool/quant");
  CHECK(source["b"] == "pool");
  CHECK(source["c"] == "act/quant3");
  CHECK(source["flat"] == "sum/quant");
}

TEST_CASE("matches_understands_stars_and_question_marks") {
  CHECK(matches("conv1", "conv1"));
  CHECK_FALSE(matches("conv1", "conv12"));
  CHECK_FALSE(matches("conv12", "conv1"));
  CHECK(matches("*", ""));
  CHECK_FALSE(matches("", "x"));
  CHECK(matches_any("29/*, 36/*", "36/conv"));
  CHECK(matches_any("fc", "fc"));
  CHECK_FALSE(matches_any("29/*, 36/*", "3/conv"));
  CHECK_FALSE(matches_any("29/*,, ", ""));
  CHECK_FALSE(matches_any("", "fc"));
  CHECK(matches("layer?/*/conv2", "layer1/0/conv2"));
  CHECK_FALSE(matches("layer?/*/conv2", "layer10/0/conv2"));
  CHECK(matches("*conv*1", "layer1/conv2/conv1"));
  CHECK(matches("a*b*c", "aXbXbc"));
  CHECK_FALSE(matches("a*b*c", "aXbXb"));
}

TEST_CASE("a_detector_has_heads_of_8_bits_and_codes_in_front_of_what_moves_them_into_a_concatenation") {
  const auto build = [] {
    Network net(Rng(1));
    const auto conv = [&](const std::string& name, int channels, NodeRef x) {
      return net.add(name, Conv2dOptions{.out_channels = channels, .bias = true}, {x});
    };
    NodeRef x = net.add("act", ActivationOptions{}, {conv("conv", 4, net.add_input("input", {8, 8, 3}))});
    const NodeRef pool = net.add(
        "pool", PoolOptions{.kind = PoolKind::max, .kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}},
        {x});
    x = net.add("both", ConcatOptions{}, {pool, x});
    const NodeRef first = conv("head1", 6, x);
    const NodeRef second = conv("head2", 6, conv("between", 4, x));
    net.set_outputs({first, second});
    return net;
  };
  CHECK(weight_quantizers(build(), kOurs) ==
        Lines{"conv s8 x4", "head1 s8 x6", "between s4 x4", "head2 s8 x6"});
  // The pool has codes of its own, since the concatenation reads act as it is; heads leave codes.
  CHECK(activation_quantizers(build(), kOurs) == Lines{"input/quant u8+shift", "act/join u8", "both/quant u8",
                                                       "both/quant4 u4", "head1/quant u8+shift",
                                                       "between/quant u8+shift", "head2/quant u8+shift"});
}

}  // namespace nibble::quantize_plan_test
