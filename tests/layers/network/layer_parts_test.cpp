#include "layers/network/layer_parts.h"

#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "tests/layers/support.h"

namespace nibble::layer_parts_test {
namespace {

const Shape kSample{16, 16, 3};
const QuantPolicy kOurs = policy(QuantMethod::learned_scale_shift);
constexpr int kBits[] = {2, 4};

Network model(const std::string& kind, const Shape& sample = kSample) {
  const double width = kind == "resnet20" ? 0 : 8;  // 0: its own
  return build_model({.kind = kind, .width = width, .layers = 2}, sample, 10, Rng(1));
}

Tensor batch(std::uint64_t seed = 1) { return random_tensor({6, 16, 16, 3}, seed, -2, 2); }

// "fc1 weight 8 bits, 6144 values, edge"
std::vector<std::string> described(const Network& net, const QuantPolicy& policy) {
  std::vector<std::string> lines;
  for (const LayerPart& part : layer_parts(net, policy))
    lines.push_back(str(net.node(part.layer).name, " ", name(part.kind), " ", part.bits, " bits, ",
                        part.values, " values", part.edge ? ", edge" : ""));
  return lines;
}

const LayerPart& find(const Network& net, const std::vector<LayerPart>& parts, const std::string& layer,
                      PartKind kind) {
  return *std::ranges::find_if(
      parts, [&](const LayerPart& part) { return net.node(part.layer).name == layer && part.kind == kind; });
}

}  // namespace

TEST_CASE("every_layer_with_weights_has_these_and_an_input_as_parts_with_the_bits_of_the_policy") {
  QuantPolicy policy = kOurs;
  policy.overrides = {{.pattern = "fc2", .weight_bits = 3, .activation_bits = 2}};
  CHECK(described(model("mlp"), policy) ==
        std::vector<std::string>{"fc1 weight 8 bits, 6144 values, edge", "fc1 input 8 bits, 768 values, edge",
                                 "fc2 weight 3 bits, 64 values", "fc2 input 2 bits, 8 values",
                                 "fc3 weight 8 bits, 80 values, edge", "fc3 input 8 bits, 8 values, edge"});
}

TEST_CASE("inputs_behind_joins_and_poolings_have_the_bits_of_their_layer") {
  for (const char* kind : {"resnet20", "vgg_small"}) {
    const Network net = model(kind);
    const std::vector<LayerPart> parts = layer_parts(net, kOurs);
    std::size_t layers = 0;
    for (const NetworkNode& node : net.nodes()) layers += has_weights(node.layer) ? 1 : 0;
    CHECK(parts.size() == 2 * layers);
    for (const LayerPart& part : parts) {
      INFO(kind << " " << net.node(part.layer).name << " " << name(part.kind));
      CHECK(part.bits == (part.edge ? 8 : 4));
    }
  }
}

TEST_CASE("a_recurrent_layer_reads_its_input_and_its_state_unless_the_layer_in_front_has_made_codes") {
  const Network net = model("lstm", {1});
  CHECK(described(net, kOurs) ==
        std::vector<std::string>{"embedding weight 8 bits, 80 values, edge",
                                 "lstm1 weight 4 bits, 512 values", "lstm1 input 4 bits, 16 values",
                                 "lstm2 weight 4 bits, 512 values", "lstm2 input 4 bits, 8 values",
                                 "scores weight 8 bits, 80 values, edge"});
}

TEST_CASE("quantizing_the_weights_of_one_layer_is_rounding_them_by_hand") {
  Network net = model("vgg_small");
  const std::vector<Real> before = evaluated(net, batch(2));
  const std::vector<LayerPart> parts = layer_parts(net, kOurs);
  const auto quantizers = calibrated_parts(net, parts, kBits, batch());
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (parts[p].kind != PartKind::weight) continue;
    INFO(net.node(parts[p].layer).name);
    Network rounded = model("vgg_small");
    Var weight = weights(rounded.nodes()[static_cast<std::size_t>(parts[p].layer.index)].layer)[0].weight;
    const IntegerWeight codes = integer_weight(quantizers[p][1][0], weight.value());
    const long row = weight.value().size() / static_cast<long>(codes.scale.size());
    for (long i = 0; i < weight.value().size(); ++i)
      weight.mutable_value()[i] = codes.scale[static_cast<std::size_t>(i / row)] *
                                  static_cast<Real>(codes.codes[static_cast<std::size_t>(i)]);
    Network one = with_part(net, parts[p], quantizers[p][1], kOurs.border);
    CHECK(evaluated(one, batch(2)) == evaluated(rounded, batch(2)));
    CHECK(evaluated(one, batch(2)) != before);
  }
  CHECK(evaluated(net, batch(2)) == before);  // the network itself stays as it was
}

TEST_CASE("quantizing_the_image_is_rounding_it_by_hand") {
  Network net = model("mlp");
  const std::vector<LayerPart> parts = layer_parts(net, kOurs);
  const auto quantizers = calibrated_parts(net, parts, kBits, batch());
  const std::size_t image = 1;  // fc1's weights come before it
  for (std::size_t b = 0; b < std::size(kBits); ++b) {
    const AffineGrid grid = affine(quantizers[image][b][0]);
    CHECK(grid.grid.levels() == 1 << kBits[b]);
    Tensor rounded = batch(2);
    for (Real& x : rounded) x = grid.value(grid.code(x));
    Network one = with_part(net, parts[image], quantizers[image][b], kOurs.border);
    const std::vector<Real> found = evaluated(one, batch(2)), expected = evaluated(net, rounded);
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).margin(1e-4));
    CHECK(found != evaluated(net, batch(2)));
  }
}

TEST_CASE("only_the_layer_itself_reads_its_quantized_input") {
  const Network net = model("resnet20");
  const std::vector<LayerPart> parts = layer_parts(net, kOurs);
  Network sample = net;
  const auto quantizers = calibrated_parts(sample, parts, kBits, batch());
  const LayerPart& part = find(net, parts, "layer2/0/conv1", PartKind::input);
  const auto p = static_cast<std::size_t>(&part - parts.data());
  const Network one = with_part(net, part, quantizers[p][0], kOurs.border);
  CHECK(one.nodes().size() == net.nodes().size() + 1);
  std::vector<std::string> readers;
  for (const NetworkNode& node : one.nodes()) {
    for (const NodeRef input : node.inputs)
      if (std::holds_alternative<ActivationQuantizer>(one.node(input).layer)) readers.push_back(node.name);
  }
  CHECK(readers == std::vector<std::string>{"layer2/0/conv1"});
}

TEST_CASE("the_state_of_a_recurrent_layer_is_quantized_with_its_input") {
  Network net = model("lstm", {1});
  const std::vector<LayerPart> parts = layer_parts(net, kOurs);
  Tensor words = Tensor::uninitialized({40, 1});
  for (long i = 0; i < words.size(); ++i) words[i] = static_cast<Real>(i * i % 10);
  const auto quantizers = calibrated_parts(net, parts, kBits, words, 4);
  const LayerPart& part = find(net, parts, "lstm1", PartKind::input);
  const auto p = static_cast<std::size_t>(&part - parts.data());
  REQUIRE(quantizers[p][0].size() == 2);
  Network one = with_part(net, part, quantizers[p][0], kOurs.border);
  const NoGradient evaluation;
  Pass pass;
  pass.sequences = 4;
  const AffineGrid grid = affine(quantizers[p][0][1]);
  bool seen = false;
  one.forward(words, pass, [&](const NetworkNode& node, const Signal& output) {
    if (node.name != "lstm1") return;
    seen = true;
    for (const Real h : output.value.value()) CHECK(h == Approx(grid.value(grid.code(h))));
  });
  CHECK(seen);
}

}  // namespace nibble::layer_parts_test
