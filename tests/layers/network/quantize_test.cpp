#include "layers/network/quantize.h"

#include <catch2/catch.hpp>
#include <set>

#include "layers/models/models.h"
#include "tests/layers/support.h"

namespace nibble::quantize_test {
namespace {

const Shape kSample{16, 16, 3};

Network model(const std::string& kind, ActivationKind activation = ActivationKind::relu) {
  const double width = kind == std::string("vgg_small") ? 8 : 0;
  return build_model(
      {.kind = kind, .activation = activation, .shortcut = Shortcut::subsample, .width = width}, kSample, 10,
      Rng(1));
}

Tensor batch(std::uint64_t seed = 1) { return random_tensor({6, 16, 16, 3}, seed, -2, 2); }

const QuantPolicy kOurs = policy(QuantMethod::learned_scale_shift);

}  // namespace

TEST_CASE("quantize_with_no_method_changes_nothing") {
  Network net = model("resnet20"), same = model("resnet20");
  quantize(net, {});
  CHECK(net.nodes().size() == same.nodes().size());
  CHECK(evaluated(net, batch()) == evaluated(same, batch()));
}

TEST_CASE("grids_reach_every_layer_with_weights_and_every_join") {
  for (const char* kind : {"resnet20", "vgg_small", "mlp"}) {
    for (const ActivationKind activation : {ActivationKind::relu, ActivationKind::swish}) {
      Network net = model(kind, activation);
      quantize(net, kOurs);
      initialize_quantizers(net, batch());
      std::map<std::string, bool> on_grid;
      int checked = 0;
      net.forward(batch(), {}, [&](const NetworkNode& node, const Signal& output) {
        INFO(kind << " " << node.name);
        on_grid[node.name] = output.grid.has_value();
        if (has_weights(node.layer) || std::holds_alternative<Add>(node.layer) ||
            std::holds_alternative<GlobalPool>(node.layer)) {
          for (const NodeRef input : node.inputs) CHECK(on_grid[net.node(input).name]);
          ++checked;
        }
      });
      CHECK(checked >= 3);
    }
  }
}

TEST_CASE("values_on_a_grid_are_values_of_its_codes") {
  Network net = model("resnet20");
  quantize(net, kOurs);
  initialize_quantizers(net, batch());
  net.forward(batch(2), {}, [](const NetworkNode& node, const Signal& output) {
    if (!output.grid) return;
    const AffineGrid grid = output.grid->affine();
    double worst = 0;
    for (const Real v : output.value.value()) {
      worst = std::max(worst, std::abs(static_cast<double>(grid.value(grid.code(v)) - v)));
    }
    INFO(node.name);
    CHECK(worst <= 1e-5 * static_cast<double>(grid.scale) * grid.grid.levels());
  });
}

TEST_CASE("initialize_quantizers_sets_every_scale_once") {
  Network net = model("resnet20", ActivationKind::swish);
  quantize(net, kOurs);
  CHECK_THROWS_WITH(evaluated(net, batch()), Catch::StartsWith("node 'input/quant': "));
  initialize_quantizers(net, batch());
  for (NetworkNode& node : net.nodes()) {
    INFO(node.name);
    for (const Weights& found : weights(node.layer)) {
      REQUIRE(found.quantizer->has_value());
      CHECK(initialized(**found.quantizer));
    }
    if (const auto* q = std::get_if<ActivationQuantizer>(&node.layer)) CHECK(initialized(q->quantizer));
  }
  const auto before = state(net);
  initialize_quantizers(net, batch(5));  // other data: nothing is left to initialize
  const auto after = state(net);
  REQUIRE(before.size() == after.size());
  for (const auto& [name, tensor] : before) {
    INFO(name);
    CHECK(values(after.at(name)) == values(tensor));
  }
}

TEST_CASE("quantizer_parameters_have_paths") {
  Network net = model("resnet20");
  quantize(net, kOurs);
  std::set<std::string> quantizers;
  net.parameters([&](const std::string& name, ParameterKind kind, Var&) {
    if (kind == ParameterKind::quantizer) quantizers.insert(name);
  });
  CHECK(quantizers.count("layer1/0/conv1/weight_quantizer/relative_scale") == 1);
  CHECK(quantizers.count("layer1/0/act1/quant/relative_scale") == 1);
  CHECK(quantizers.count("input/quant/shift") == 1);
  CHECK(quantizers.count("act1/quant/shift") == 0);  // behind a relu
}

TEST_CASE("quantize_refuses_a_network_that_is_quantized_already") {
  Network net = model("mlp");
  quantize(net, kOurs);
  CHECK_THROWS_WITH(quantize(net, kOurs), Catch::EndsWith("is a quantizer already"));
}

TEST_CASE("a_convolution_pads_with_the_border_code_of_its_input") {
  for (const Border border : {Border::nearest_zero, Border::lowest_code}) {
    Network net;
    const NodeRef x = net.add("quant", QuantizerOptions{.bits = 8}, {net.add_input("input", {1, 1, 1})});
    net.add("conv", Conv2dOptions{.out_channels = 1}, {x});
    auto& conv = std::get<Conv2d>(net.nodes().back().layer);
    conv.weight.mutable_value().fill(1);
    conv.border = border;
    initialize_quantizers(net, random_tensor({64, 1, 1, 1}, 1, -1, 3));  // so the lowest code is about −1
    LiveGrid grid;
    const Tensor sample({1, 1, 1, 1}, {2});
    const Var y = net.forward(sample, {}, [&](const NetworkNode& node, const Signal& output) {
      if (node.name == "quant") grid = *output.grid;
    });
    const AffineGrid affine = grid.affine();
    const Real pad = affine.value(grid.border_code(border));
    CHECK(pad == Approx(border == Border::lowest_code ? -1 : 0).margin(0.2));
    CHECK(y.value()[0] == Approx(affine.value(affine.code(2)) + 8 * pad));  // one pixel, eight of the border
  }
}

TEST_CASE("a_border_of_real_zero_needs_no_value") {
  const Var scale(Tensor({1}, {Real(0.5)}), true), shift(Tensor({1}, {Real(-0.3)}), true);
  const Grid grid = Grid::unsigned_bits(4), with_negatives = Grid::signed_bits(4);
  const auto of = [](const LiveGrid& live, Border border) { return border_value({Var(), live}, border); };
  CHECK(border_value({Var(), {}}, Border::lowest_code).empty());
  CHECK(of({grid, scale, {}}, Border::nearest_zero).empty());
  CHECK(of({grid, scale, {}}, Border::lowest_code).empty());
  CHECK(of({with_negatives, scale, {}}, Border::nearest_zero).empty());
  CHECK(of({with_negatives, scale, {}}, Border::lowest_code).value()[0] == -4);
  CHECK(of({grid, scale, shift}, Border::nearest_zero).value()[0] == Approx(0.2));
  CHECK(of({grid, scale, shift}, Border::lowest_code).value()[0] == Approx(-0.3));
}

TEST_CASE("quantize_sets_the_border_of_convolutions_and_shortcuts") {
  Network net = model("resnet20");
  QuantPolicy lowest = kOurs;
  lowest.border = Border::lowest_code;
  quantize(net, lowest);
  int seen = 0;
  for (const NetworkNode& node : net.nodes()) {
    const auto* conv = std::get_if<Conv2d>(&node.layer);
    const auto* shortcut = std::get_if<Subsample>(&node.layer);
    if (conv == nullptr && shortcut == nullptr) continue;
    INFO(node.name);
    CHECK((conv != nullptr ? conv->border : shortcut->border) == Border::lowest_code);
    ++seen;
  }
  CHECK(seen == 19 + 2);
}

TEST_CASE("a_quantized_network_stays_close_to_its_float_network_at_8_bits", "[once]") {
  Network net = model("resnet20", ActivationKind::swish),
          quantized = model("resnet20", ActivationKind::swish);
  for (Network* each : {&net, &quantized}) {  // running statistics as after training
    for (NetworkNode& node : each->nodes()) {
      if (auto* norm = std::get_if<BatchNorm>(&node.layer)) norm->options.momentum = 1;
    }
    loss_with_gradients(*each, batch());
  }
  QuantPolicy fine = kOurs;
  fine.weight_bits = fine.activation_bits = 8;
  quantize(quantized, fine);
  initialize_quantizers(quantized, batch());
  const auto a = evaluated(net, batch()), b = evaluated(quantized, batch());
  double difference = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i] - b[i]), 2);
    size += std::pow(static_cast<double>(a[i]), 2);
  }
  CHECK(std::sqrt(difference / size) < 0.1);
}

TEST_CASE("every_method_trains_a_quantized_network") {
  for (const QuantMethod method : {QuantMethod::learned_scale_shift, QuantMethod::lsq, QuantMethod::lsq_plus,
                                   QuantMethod::pact, QuantMethod::dorefa}) {
    INFO("method " << static_cast<int>(method));
    Network net = model("mlp", ActivationKind::swish);
    quantize(net, policy(method));
    initialize_quantizers(net, batch());
    const double first = loss_with_gradients(net, batch());
    double last = first;
    for (int step = 0; step < 5; ++step) {
      descend(net, last);
      last = loss_with_gradients(net, batch());
    }
    CHECK(last < first);
  }
}

TEST_CASE("a_pass_may_leave_a_share_of_what_quantizers_read_as_it_is") {
  const Tensor x = random_tensor({2, 9, 9, 4}, 3);
  Network net;
  net.add("conv", Conv2dOptions{.out_channels = 2}, {net.add_input("input", {9, 9, 4})});
  quantize(net, policy(QuantMethod::learned_scale_shift));
  initialize_quantizers(net, x);
  Rng rng(5);
  Tensor seen;
  const Pass pass{.rng = &rng, .float_share = Real(0.25), .plain = true};
  net.forward(x, pass, [&](const NetworkNode& node, const Signal& output) {
    if (std::holds_alternative<ActivationQuantizer>(node.layer)) seen = output.value.value().clone();
  });
  REQUIRE(seen.size() == x.size());
  long left = 0;
  for (long i = 0; i < x.size(); ++i) left += seen[i] == x[i];
  CHECK(static_cast<double>(left) / static_cast<double>(x.size()) == Approx(0.25).margin(0.06));
  CHECK_THROWS_WITH(net.forward(x, {.rng = &rng, .float_share = Real(0.25)}),
                    Catch::Contains("expected it plain"));
}

}  // namespace nibble::quantize_test
