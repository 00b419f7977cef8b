#include "layers/darknet/darknet.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <numeric>

#include "core/check.h"
#include "layers/darknet/file_order.h"
#include "layers/models/models.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"
#include "tests/support/temporary_directory.h"

namespace nibble::darknet::darknet_test {
namespace {

const std::string kNet = "[net]\nwidth=16\nheight=16\nchannels=3\n";

Model parse_and_build(const std::string& cfg, NormForm norm = NormForm::alexeyab) {
  const std::vector<Section> sections = parse_cfg(cfg, "f.cfg");
  return build(sections, input_shape(sections), norm, Rng(1));
}
Model built(const std::string& layers, NormForm norm = NormForm::alexeyab) {
  return parse_and_build(kNet + layers, norm);
}
const NetworkNode& last(const Network& net) { return net.nodes().back(); }

const std::string kConv = "[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=leaky\n";

}  // namespace

TEST_CASE("a_cfg_is_read_as_darknet_reads_it") {
  const std::vector<Section> sections =
      parse_cfg("# a comment\n\n[net]\r\n width = 32 # wide\n;height=3\n[route]\nlayers = -1, 8,\n", "f.cfg");
  REQUIRE(sections.size() == 2);
  CHECK(sections[0].name() == "net");
  CHECK(sections[0].whole("width", {1, 100}, 7) == 32);
  CHECK(sections[0].whole("height", {1, 100}, 7) == 7);
  CHECK(sections[1].wholes("layers", {}) == std::vector<int>{-1, 8});
  CHECK(sections[1].where("layers") == "f.cfg:7: [route] layers");
}

TEST_CASE("layers_of_a_cfg_are_those_of_darknet") {
  SECTION("names_norms_and_activations") {
    const Network net =
        built("[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\nstride=2\npad=1\nactivation=mish\n")
            .network;
    REQUIRE(net.nodes().size() == 4);
    CHECK(net.nodes()[1].name == "0/conv");
    CHECK(net.nodes()[2].name == "0/norm");
    CHECK(net.nodes()[3].name == "0/act");
    CHECK(last(net).shape == Shape{8, 8, 8});
    CHECK(std::get<Conv2d>(net.nodes()[1].layer).bias.empty());
  }
  SECTION("a_shortcut_adds_and_a_route_joins_or_takes_a_part") {
    const Network net = built(kConv + kConv + "[shortcut]\nfrom=-2\nactivation=linear\n" +
                              "[route]\nlayers=-1,0\n[route]\nlayers=-1\ngroups=2\ngroup_id=1\n")
                            .network;
    CHECK(last(net).name == "4/part");
    CHECK(std::get<Slice>(last(net).layer).options.begin == 8);
    CHECK(last(net).shape == Shape{16, 16, 8});
  }
  SECTION("pools_keep_the_size_at_stride_1_and_halve_it_at_stride_2") {
    for (const int size : {5, 9, 13})
      CHECK(last(built(str("[maxpool]\nstride=1\nsize=", size, "\n")).network).shape == Shape{16, 16, 3});
    const Network net = built("[maxpool]\nsize=2\nstride=2\n").network;
    CHECK(last(net).shape == Shape{8, 8, 3});
    CHECK(std::get<Pool>(last(net).layer).options.padding == Size2{0, 0});
    CHECK(std::get<Pool>(last(net).layer).options.extra == Size2{0, 0});
  }
  SECTION("a_pool_of_even_size_reaches_further_beyond_the_end") {
    // YOLO-V3 tiny has one of size 2 at stride 1, which keeps the size.
    const Network net = built("[maxpool]\nsize=2\nstride=1\n").network;
    CHECK(last(net).shape == Shape{16, 16, 3});
    CHECK(std::get<Pool>(last(net).layer).options.padding == Size2{0, 0});
    CHECK(std::get<Pool>(last(net).layer).options.extra == Size2{1, 1});
    // 15 pixels at stride 2: the last window has one column.
    const Network odd = parse_and_build("[net]\nwidth=15\nheight=16\n[maxpool]\nsize=2\nstride=2\n").network;
    CHECK(last(odd).shape == Shape{8, 8, 3});
    CHECK(std::get<Pool>(last(odd).layer).options.extra == Size2{0, 1});
  }
  SECTION("squeeze_and_excitation") {
    const Network net = built(kConv + "[avgpool]\n[convolutional]\nfilters=2\nactivation=relu\n" +
                              "[convolutional]\nfilters=8\nactivation=logistic\n[scale_channels]\nfrom=0\n")
                            .network;
    CHECK(last(net).shape == Shape{16, 16, 8});
  }
  SECTION("heads_are_outputs") {
    const Model model = built(
        "[convolutional]\nfilters=14\nactivation=linear\n"
        "[yolo]\nmask=1,2\nanchors=1,2, 3,4, 5,6\nnum=3\nclasses=2\nscale_x_y=1.1\n"
        "[route]\nlayers=-2\n[upsample]\nstride=2\n[convolutional]\nfilters=7\nactivation=linear\n"
        "[yolo]\nmask=0\nanchors=1,2, 3,4, 5,6\nnum=3\nclasses=2\n");
    REQUIRE(model.heads.size() == 2);
    CHECK(model.network.outputs().size() == 2);
    CHECK(model.network.shape(model.network.outputs()[0]) == Shape{16, 16, 14});
    CHECK(model.network.shape(model.network.outputs()[1]) == Shape{32, 32, 7});
    CHECK(model.heads[0].anchors[1].height == 6);
    CHECK(model.heads[0].scale_x_y == 1.1);
  }
}

TEST_CASE("what_is_wrong_in_a_cfg_is_told_with_its_line") {
  const auto found = [](const std::string& layers) {
    try {
      built(layers);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  // Lines count from 1; [net] takes four.
  CHECK(found("[convolutionel]\n") ==
        "f.cfg:5: [convolutionel]: found an unknown section; did you mean 'convolutional'?; known are "
        "convolutional, connected, batchnorm, shortcut, route, maxpool, avgpool, upsample, dropout, "
        "scale_channels, softmax, yolo");
  CHECK(found("[convolutional]\nfilter=3\n") ==
        "f.cfg:6: found unknown key 'filter' in [convolutional]; did you mean 'filters'?");
  CHECK(found("[convolutional]\nfilters=1000000000\n") ==
        "f.cfg:6: [convolutional] filters: found '1000000000', expected a whole number from 1 to 65536");
  CHECK(found("[convolutional]\nstride=-2\n") ==
        "f.cfg:6: [convolutional] stride: found '-2', expected a whole number from 1 to 32");
  CHECK(found("[convolutional]\nfilters=nan\n") ==
        "f.cfg:6: [convolutional] filters: found 'nan', expected a whole number from 1 to 65536");
  CHECK(found("[convolutional]\nactivation=leeky\n") ==
        "f.cfg:6: [convolutional] activation: found 'leeky', expected one of linear, leaky, mish, relu, "
        "relu6, logistic, tanh, swish, hard_swish; did you mean 'leaky'?");
  CHECK(found(kConv + "[route]\nlayers=1\n") ==
        "f.cfg:11: [route] layers: found layer 1, expected one before layer 1: 0 to 0, or -1 to -1");
  CHECK(found("[shortcut]\nfrom=-1\n") ==
        "f.cfg:6: [shortcut] from: found layer -1, expected one before layer 0: there is none");
  CHECK(found("[convolutional]\nfilters=2\nfilters=2\n") ==
        "f.cfg:7: found 'filters' of [convolutional] a second time, expected it once (line 6)");
  CHECK(found("[convolutional]\nfilters 2\n") ==
        "f.cfg:6: found 'filters 2', expected [section] or key=value");
  CHECK(found("[convolutional]\nfilters=20\n[yolo]\nmask=0\nanchors=1,2\nclasses=3\n") ==
        "f.cfg:7: [yolo]: found 20 channels in front, expected 8: 1 anchors of x, y, w, h, objectness and 3 "
        "classes");
  CHECK(found("[convolutional]\nfilters=8\n[yolo]\nmask=0\nanchors=1,2\nclasses=3\nnms_kind=diounm\n") ==
        "f.cfg:11: [yolo] nms_kind: found 'diounm', expected greedynms, diounms or default; did you mean "
        "'diounms'?");
  CHECK(found("[convolutional]\nfilters=60000\nsize=255\n") ==
        "f.cfg:5: [convolutional] (layer 0): found more than 268435456 weights so far, expected at most so "
        "many");
  // Shapes that do not fit, in the network's words.
  CHECK(found(kConv + "[convolutional]\nfilters=4\n[shortcut]\nfrom=-2\n")
            .find("f.cfg:12: [shortcut] (layer 2): ") == 0);
  CHECK_THROWS_WITH(parse_cfg("width=3\n", "f.cfg"),
                    "f.cfg:1: found 'width=3' before the first section, expected [net]");
  CHECK_THROWS_WITH(parse_cfg("\n", "f.cfg"), "f.cfg: found no section, expected [net] and layers");
  CHECK_THROWS_WITH(read_cfg("/no/such.cfg"),
                    "model.cfg: cannot open '/no/such.cfg', expected a cfg file of darknet");
}

TEST_CASE("weights_stand_in_the_order_of_darknet_and_come_back") {
  Network net = built(
                    "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
                    "[batchnorm]\n[convolutional]\nfilters=5\nactivation=linear\n[connected]\noutput=6\n",
                    NormForm::pjreddie)
                    .network;
  std::vector<std::string> paths;
  for (const StoredTensor& stored : file_order(net)) paths.push_back(stored.path);
  CHECK(paths == std::vector<std::string>{"0/norm/bias", "0/norm/weight", "0/norm/running_mean",
                                          "0/norm/running_var", "0/conv/weight", "1/norm/bias",
                                          "1/norm/weight", "1/norm/running_mean", "1/norm/running_var",
                                          "2/conv/bias", "2/conv/weight", "3/linear/bias",
                                          "3/linear/weight"});
  for (const StoredTensor& stored : file_order(net)) {
    Tensor values = uniform(stored.shape, 3);
    for (Real& value : values) value = std::abs(value);
    const std::vector<float> numbers = to_file(values, stored);
    check_close(stored.path, from_file(numbers.data(), stored), values, 1e-6);
  }
  const StoredTensor conv{"c", {1, 1, 2, 3}};  // [O, KH, KW, I] ← [O, I, KH, KW]
  const float numbers[] = {0, 1, 2, 3, 4, 5};
  const Tensor ours = from_file(numbers, conv);
  CHECK(std::vector<Real>(ours.begin(), ours.end()) == std::vector<Real>{0, 2, 4, 1, 3, 5});
}

TEST_CASE("a_connected_layer_behind_an_image_reads_it_channel_by_channel_in_the_file") {
  Network net = built("[maxpool]\nsize=8\nstride=8\n[connected]\noutput=2\nactivation=linear\n").network;
  const std::vector<StoredTensor> order = file_order(net);
  REQUIRE(order.back().path == "1/linear/weight");
  CHECK(order.back().image == Shape{2, 2, 3});
  std::vector<float> numbers(24);
  std::iota(numbers.begin(), numbers.end(), 0.0f);  // number c · 4 + pixel of each output
  const Tensor ours = from_file(numbers.data(), order.back());
  CHECK(std::vector<Real>(ours.begin(), ours.begin() + 6) == std::vector<Real>{0, 4, 8, 1, 5, 9});
  CHECK(to_file(ours, order.back()) == numbers);
}

TEST_CASE("a_norm_divides_as_the_chosen_program_does") {
  for (const auto& [form, root] : {std::pair{NormForm::alexeyab, std::sqrt(0.01 + 1e-5)},
                                   std::pair{NormForm::opencv, std::sqrt(0.01 + 1e-6)},
                                   std::pair{NormForm::pjreddie, std::sqrt(0.01) + 1e-6}}) {
    const StoredTensor stored{"v", {1}, true, epsilon_of(form)};
    const float variance = 0.01f;
    const double found = static_cast<double>(from_file(&variance, stored)[0]);
    CHECK(std::sqrt(found + stored.epsilon) == Approx(root).epsilon(1e-7));
  }
}

TEST_CASE("a_cfg_is_a_model_of_kind_darknet") {
  const TemporaryDirectory directory;
  const std::string file = (directory.path() / "net.cfg").string();
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  write(kNet + kConv + "[avgpool]\n[connected]\noutput=7\nactivation=linear\n[softmax]\n");
  ModelOptions options;
  options.kind = "darknet";
  options.cfg = file;
  CHECK(build_model(options, {16, 16, 3}, 7, Rng(1)).output_shape() == Shape{7});
  CHECK_THROWS_WITH(build_model(options, {16, 16, 3}, 10, Rng(1)),
                    file + ": found an output of shape [7], expected [10]: a score for each class");
  CHECK_THROWS_WITH(build_model(options, {32, 32, 3}, 7, Rng(1)),
                    Catch::Contains("found [net] of [16, 16, 3], expected [32, 32, 3]"));
  CHECK_THROWS_WITH(build_model({.kind = "darknet"}, {16, 16, 3}, 7, Rng(1)),
                    "model.kind=darknet: found no model.cfg, expected the file that describes it");
}

}  // namespace nibble::darknet::darknet_test
