#include "layers/models/models.h"

#include <catch2/catch.hpp>
#include <set>

#include "layers/models/cfg_models.h"
#include "tests/layers/support.h"

namespace nibble::models_test {
namespace {

Network model(const std::string& kind, const Shape& sample = {32, 32, 3}, double width = 0) {
  return build_model({.kind = kind, .activation = {}, .shortcut = Shortcut::subsample, .width = width},
                     sample, 10, Rng(1));
}

long trained_parameters(Network net) {
  long count = 0;
  net.parameters([&](const std::string&, ParameterKind kind, Var& value) {
    if (kind != ParameterKind::statistic) count += value.value().size();
  });
  return count;
}

}  // namespace

TEST_CASE("models_have_the_published_numbers_of_parameters") {
  CHECK(trained_parameters(model("resnet8")) == 75290);
  CHECK(trained_parameters(model("resnet20")) == 269722);
  CHECK(trained_parameters(model("resnet32")) == 464154);
  CHECK(trained_parameters(model("resnet44")) == 658586);
  CHECK(trained_parameters(model("resnet56")) == 853018);
  CHECK(trained_parameters(model("mlp", {28, 28, 1})) == 785 * 64 + 65 * 64 + 65 * 10);
  CHECK(trained_parameters(model("mlp", {28, 28, 1}, 10)) == 785 * 10 + 11 * 10 + 11 * 10);
  const long vgg_convolutions = 9 * (3 * 128 + 128 * 128 + 128 * 256 + 256 * 256 + 256 * 512 + 512 * 512);
  CHECK(trained_parameters(model("vgg_small")) ==
        vgg_convolutions + 2 * 2 * (128 + 256 + 512) + 4 * 4 * 512 * 10 + 10);
}

TEST_CASE("resnet20_has_the_names_and_shapes_of_the_public_weights") {
  Network net = model("resnet20");
  std::map<std::string, Shape> tensors;
  net.parameters([&](const std::string& name, ParameterKind, Var& value) { tensors[name] = value.shape(); });
  CHECK(tensors.size() == 97);  // 19 convolutions, 19 batch norms of 4, 2 of the linear layer
  std::map<std::string, Shape> expected{{"conv1/weight", {16, 3, 3, 3}},
                                        {"bn1/weight", {16}},
                                        {"bn1/bias", {16}},
                                        {"bn1/running_mean", {16}},
                                        {"bn1/running_var", {16}},
                                        {"linear/weight", {10, 64}},
                                        {"linear/bias", {10}}};
  for (long stage = 1; stage <= 3; ++stage) {
    for (int i = 0; i < 3; ++i) {
      const std::string block = str("layer", stage, "/", i, "/");
      const long out = 8 << stage, in = stage > 1 && i == 0 ? out / 2 : out;
      expected[block + "conv1/weight"] = {out, 3, 3, in};
      expected[block + "conv2/weight"] = {out, 3, 3, out};
      for (const char* bn : {"bn1", "bn2"}) {
        for (const char* part : {"weight", "bias", "running_mean", "running_var"}) {
          expected[block + bn + "/" + part] = {out};
        }
      }
    }
  }
  CHECK(tensors == expected);
}

TEST_CASE("resnet_projection_shortcuts_have_the_public_names") {
  Network net = build_model({.kind = "resnet20", .activation = {}, .shortcut = Shortcut::projection},
                            {32, 32, 3}, 10, Rng(1));
  const auto tensors = state(net);
  CHECK(tensors.count("layer1/0/shortcut/0/weight") == 0);
  REQUIRE(tensors.count("layer2/0/shortcut/0/weight") == 1);
  CHECK(tensors.at("layer2/0/shortcut/0/weight").shape() == Shape{32, 1, 1, 16});
  CHECK(tensors.count("layer3/0/shortcut/1/running_var") == 1);
}

TEST_CASE("mobilenets_have_the_published_numbers_of_parameters_at_every_width") {
  const auto count = [](const std::string& kind, double width) {
    return trained_parameters(build_model({.kind = kind, .width = width}, {224, 224, 3}, 1000, Rng(1)));
  };
  CHECK(count("mobilenet_v1", 0) == 4'231'976);  // Keras
  CHECK(count("mobilenet_v1", 0.75) == 2'585'560);
  CHECK(count("mobilenet_v2", 1) == count("mobilenet_v2", 0));
}

TEST_CASE("mobilenet_v2_rounds_channels_to_multiples_of_eight") {
  Network net = build_model({.kind = "mobilenet_v2", .width = 0.75}, {64, 64, 3}, 10, Rng(1));
  const auto tensors = state(net);
  const auto channels = [&](const std::string& name) { return tensors.at(name + "/weight").shape()[0]; };
  CHECK(channels("features/0/0") == 24);
  CHECK(channels("features/1/conv/1") == 16);    // 12: the half of 8 is rounded up
  CHECK(channels("features/2/conv/2") == 24);    // 18: 16 would be less than nine tenths
  CHECK(channels("features/4/conv/2") == 24);    // 24
  CHECK(channels("features/17/conv/2") == 240);  // 240
  CHECK(channels("features/18/0") == 1280);      // never fewer
}

TEST_CASE("mobilenet_v1_pads_at_the_end_where_the_stride_is_two") {
  Network net = build_model({.kind = "mobilenet_v1", .width = 0.25}, {32, 30, 3}, 10, Rng(1));
  for (const NetworkNode& node : net.nodes()) {
    const auto* const conv = std::get_if<Conv2d>(&node.layer);
    if (!conv || conv->options.kernel == Size2{1, 1}) continue;
    INFO(node.name);
    const Shape& in = net.shape(node.inputs[0]);
    const Size2 even{static_cast<int>(1 - in[0] % 2), static_cast<int>(1 - in[1] % 2)};
    const bool strided = conv->options.stride == Size2{2, 2};
    CHECK(conv->options.extra == (strided ? even : Size2{0, 0}));
    CHECK(conv->options.padding == (strided ? Size2{1 - even.h, 1 - even.w} : Size2{1, 1}));
  }
}

TEST_CASE("every_model_yields_scores_for_any_activation") {
  // The large ones are computed in structure_test.cpp, those of texts in language_model_test.cpp, those of
  // cfg files in darknet_test.cpp.
  const std::set<std::string> elsewhere{
      "resnet18", "resnet34", "resnet50", "mobilenet_v1", "mobilenet_v2", "efficientnet_b0", "lstm",
      "gru",      "darknet",  "yolov4",   "yolov4-tiny",  "yolo-fastest", "yolo-fastest-xl"};
  for (const ModelKind& kind : model_kinds()) {
    if (elsewhere.count(kind.kind) != 0) continue;
    for (const ActivationKind activation :
         {ActivationKind::relu, ActivationKind::leaky_relu, ActivationKind::mish}) {
      INFO(kind.kind);
      Network net = build_model({.kind = kind.kind, .activation = activation}, {16, 16, 3}, 7, Rng(1));
      CHECK(net.output_shape() == Shape{7});
      CHECK(evaluated(net, random_tensor({2, 16, 16, 3})).size() == 14);
    }
  }
}

TEST_CASE("a_detector_has_heads_for_any_number_of_classes_and_any_size_that_32_divides") {
  const std::pair<const char*, long> cells[] = {{"yolov4-tiny", 2}, {"yolo-fastest", 2}};
  for (const auto& [kind, coarse] : cells) {
    INFO(kind);
    const ModelOptions options{.kind = kind};
    const Network net = build_model(options, {32 * coarse, 96, 3}, 7, Rng(1));
    REQUIRE(net.outputs().size() == 2);
    CHECK(net.shape(net.outputs()[0]) == Shape{coarse, 3, 36});
    CHECK(net.shape(net.outputs()[1]) == Shape{2 * coarse, 6, 36});
    CHECK(heads_of(options, {64, 96, 3}, 7).at(1).classes == 7);
    CHECK_THROWS_WITH(build_model(options, {64, 80, 3}, 7, Rng(1)),
                      std::string("model.kind=") + kind + ": found pictures of [64, 80, 3], expected 3 " +
                          "channels and sides that 32 divides: dataset.image_size");
    CHECK_THROWS_WITH(build_model({.kind = kind, .activation = ActivationKind::relu}, {64, 64, 3}, 7, Rng(1)),
                      std::string("model.activation: found one for kind ") + kind +
                          ", expected own: its cfg says it layer by layer");
  }
  CHECK(heads_of({.kind = "resnet20"}, {32, 32, 3}, 10).empty());
  CHECK(trained_parameters(build_model({.kind = "yolov4-tiny"}, {32, 32, 3}, 80, Rng(1))) == 6'056'606);
  CHECK(trained_parameters(build_model({.kind = "yolo-fastest"}, {32, 32, 3}, 80, Rng(1))) == 332'798);
  CHECK(trained_parameters(build_model({.kind = "yolo-fastest-xl"}, {32, 32, 3}, 80, Rng(1))) == 898'686);
}

TEST_CASE("a_model_has_its_own_activation_until_another_is_asked_for") {
  CHECK(activation_of({.kind = "resnet20"}) == ActivationKind::relu);
  CHECK(activation_of({.kind = "mobilenet_v2"}) == ActivationKind::relu6);
  CHECK(activation_of({.kind = "efficientnet_b0"}) == ActivationKind::swish);
  CHECK(activation_of({.kind = "mobilenet_v2", .activation = ActivationKind::relu}) == ActivationKind::relu);
}

TEST_CASE("build_model_suggests_the_nearest_kind") {
  CHECK_THROWS_WITH(model("resnet21"), "model: unknown kind 'resnet21'; did you mean 'resnet20'?");
  CHECK_THROWS_WITH(model("vggsmall"), "model: unknown kind 'vggsmall'; did you mean 'vgg_small'?");
  CHECK_THROWS_WITH(model("transformer"), "model: unknown kind 'transformer'");  // nothing is near
}

TEST_CASE("build_model_refuses_options_that_a_model_does_not_have") {
  CHECK_THROWS_WITH(model("resnet20", {32, 32, 3}, 8),
                    "resnet20: found width 8, expected none: the channels of a CIFAR ResNet are fixed");
  CHECK_THROWS_WITH(model("mlp", {4, 4, 1}, 8.5), "model 'mlp': found width 8.5, expected a whole number");
  CHECK_THROWS_AS(build_model({.kind = "mlp"}, {4}, 1, Rng(1)), Error);
}

}  // namespace nibble::models_test
