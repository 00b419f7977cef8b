// YOLO-V4 and its tiny form with weights from a formula, against the heads of a float64 pass
// (../shared/data/structure_reference; the formula is in that folder's README).

#include <catch2/catch.hpp>

#include "layers/darknet/file_order.h"
#include "layers/models/cfg_models.h"
#include "layers/network/summary.h"
#include "tests/support/formula.h"
#include "tests/support/npy.h"
#include "tests/support/shared_data.h"

namespace nibble::darknet::yolo_structure_test {
namespace {

// "12/norm/running_var" → "12.bn.running_var"; biases of convolutions and norms are both "12.bias".
std::string reference_name(const std::string& path) {
  const std::string layer = path.substr(0, path.find('/')), tensor = path.substr(path.rfind('/') + 1);
  const bool norm = path.find("/norm/") != std::string::npos && tensor != "bias";
  return layer + (norm ? ".bn." : ".") + tensor;
}

// before_shortcut: layers whose norm has a smaller weight.
void fill_by_formula(Network& net, const std::vector<int>& before_shortcut) {
  std::map<std::string, Tensor> values;
  for (const StoredTensor& stored : file_order(net)) {
    const std::string name = reference_name(stored.path);
    const Formula formula(name);
    const auto count = static_cast<std::size_t>(stored.shape.count());
    const double fan = static_cast<double>(count) / static_cast<double>(stored.shape[0]);
    const bool small = std::count(before_shortcut.begin(), before_shortcut.end(), std::stoi(name)) > 0;
    std::vector<float> numbers(count);
    for (std::size_t i = 0; i < count; ++i) {
      const double u = formula.u(static_cast<long>(i));
      double value = (2 * u - 1) * std::sqrt(6 / fan);
      if (name.ends_with("bn.weight")) value = (small ? 0.375 : 1) * (0.8 + 0.4 * u);
      if (name.ends_with("running_var")) value = 0.8 + 0.4 * u;
      if (name.ends_with("running_mean") || name.ends_with("bias")) value = 0.2 * (u - 0.5);
      numbers[i] = static_cast<float>(value);
    }
    values[stored.path] = from_file(numbers.data(), stored);
  }
  net.parameters(
      [&](const std::string& path, ParameterKind, Var& value) { value.mutable_value() = values.at(path); });
}

std::vector<int> layers_before_shortcuts(const std::vector<Section>& sections) {
  std::vector<int> layers;
  for (std::size_t i = 2; i < sections.size(); ++i) {
    if (sections[i].name() == "shortcut") layers.push_back(static_cast<int>(i) - 2);
  }
  return layers;
}

struct Expected {
  std::string cfg;
  long parameters;
  std::optional<long> macs;  // at the size of the cfg, where a reference is known
  std::vector<std::string> heads;
  long every;  // of the first head only each so many rows and columns are kept
};

void check_structure(const Expected& expected, const std::vector<int>& small_norms) {
  const auto cfg = shared_data("structure_reference/" + expected.cfg);
  if (!cfg) return;  // shared_data has said so
  const std::vector<Section> sections = read_cfg(cfg->string());
  long macs = 0;
  Network as_it_is = build(sections, input_shape(sections), NormForm::pjreddie, Rng(1)).network;
  for (const NodeSummary& node : summarize(as_it_is)) macs += node.macs;
  if (expected.macs) CHECK(macs == *expected.macs);
  // The references were made at 416.
  Network net = build(sections, {416, 416, 3}, NormForm::pjreddie, Rng(1)).network;
  long parameters = 0;
  net.parameters([&](const std::string&, ParameterKind kind, Var& value) {
    if (kind != ParameterKind::statistic) parameters += value.value().size();
  });
  CHECK(parameters == expected.parameters);

  fill_by_formula(net, small_norms);
  const Formula input("input");
  Tensor x({1, 416, 416, 3});
  long i = 0;
  for (long c = 0; c < 3; ++c)
    for (long pixel = 0; pixel < 416 * 416; ++pixel, ++i) x[pixel * 3 + c] = static_cast<Real>(input.u(i));
  const NoGradient evaluation;
  const std::vector<Var> heads = net.forward_outputs(x, {});
  REQUIRE(heads.size() == expected.heads.size());
  for (std::size_t k = 0; k < heads.size(); ++k) {
    const auto file = shared_data("structure_reference/" + expected.heads[k]);
    REQUIRE(file);
    const Tensor& found = heads[k].value();  // [1, H, W, 255]
    const long side = found.shape()[1], step = k == 0 ? expected.every : 1, kept = (side + step - 1) / step;
    const auto reference = read_npy<float>(*file, static_cast<std::size_t>(255 * kept * kept));
    double worst = 0;
    for (long c = 0; c < 255; ++c)
      for (long h = 0; h < kept; ++h)
        for (long w = 0; w < kept; ++w) {
          const Real value = found[(h * step * side + w * step) * 255 + c];
          const float wanted = reference[static_cast<std::size_t>((c * kept + h) * kept + w)];
          worst = std::max(worst, std::abs(static_cast<double>(value) - static_cast<double>(wanted)));
        }
    INFO(expected.heads[k] << ": " << worst);
    CHECK(worst <= 1e-4);
  }
}

std::string words(const Size2& size) { return str(size.h, "x", size.w, " "); }

// A node with all that a cfg says of it.
std::string describe(const NetworkNode& node) {
  std::string text = str(node.name, " ", kind(node.layer), " ", node.shape, " of");
  for (const NodeRef input : node.inputs) text += str(" ", input.index);
  if (const auto* conv = std::get_if<Conv2d>(&node.layer)) {
    const Conv2dOptions& o = conv->options;
    text += " " + words(o.kernel) + words(o.stride) + words(o.padding) + words(o.dilation) + words(o.extra);
    text += str(o.groups, " ", o.bias);
  }
  if (const auto* pool = std::get_if<Pool>(&node.layer))
    text += " " + words(pool->options.kernel) + words(pool->options.stride) + words(pool->options.padding);
  if (const auto* act = std::get_if<Activation>(&node.layer))
    text += str(" ", name(act->options.kind), " ", act->options.slope);
  if (const auto* norm = std::get_if<BatchNorm>(&node.layer)) text += str(" ", norm->options.epsilon);
  if (const auto* slice = std::get_if<Slice>(&node.layer))
    text += str(" ", slice->options.begin, " ", slice->options.end);
  if (const auto* dropout = std::get_if<Dropout>(&node.layer)) text += str(" ", dropout->options.rate);
  return text;
}

std::string describe(const YoloHead& head) {
  std::string text =
      str(head.classes, " ", head.scale_x_y, " ", head.new_coords, " ", static_cast<int>(head.suppression));
  for (const int anchor : head.mask) text += str(" ", anchor);
  for (const auto& anchors : {head.anchors, head.all_anchors})
    for (const YoloHead::Anchor& anchor : anchors) text += str(" ", anchor.width, "x", anchor.height);
  const YoloLossRules& loss = head.loss;
  return text + str(" ", loss.ignore_threshold, " ", loss.anchor_threshold, " ", loss.object_weight, " ",
                    loss.class_weight, " ", loss.box_weight, " ", loss.longest_pull, " ",
                    loss.label_smoothing, " ", loss.unsupported, " ",
                    loss.boxes_by ? static_cast<int>(*loss.boxes_by) : -1);
}

}  // namespace

TEST_CASE("built_in_detectors_are_those_of_the_published_cfgs_node_by_node") {
  const std::pair<const char*, const char*> nets[] = {
      {"yolov4", "structure_reference/yolov4.cfg"},
      {"yolov4-tiny", "structure_reference/yolov4-tiny.cfg"},
      {"yolo-fastest", "nets/yolo_fastest/yolo-fastest-1.1.cfg"},
      {"yolo-fastest-xl", "nets/yolo_fastest/yolo-fastest-1.1-xl.cfg"}};
  for (const auto& [kind, cfg] : nets) {
    const auto file = shared_data(cfg);
    if (!file) return;
    INFO(kind);
    const std::vector<Section> published = read_cfg(file->string());
    const Shape input{64, 96, 3};
    const Model expected = build(published, input, NormForm::alexeyab, Rng(1));
    const ModelOptions options{.kind = kind};
    const Network found = build_model(options, input, 80, Rng(1));
    REQUIRE(found.nodes().size() == expected.network.nodes().size());
    for (std::size_t i = 0; i < found.nodes().size(); ++i)
      CHECK(describe(found.nodes()[i]) == describe(expected.network.nodes()[i]));
    CHECK(found.outputs() == expected.network.outputs());
    const std::vector<YoloHead> heads = nibble::heads_of(options, input, 80);
    REQUIRE(heads.size() == expected.heads.size());
    for (std::size_t k = 0; k < heads.size(); ++k) CHECK(describe(heads[k]) == describe(expected.heads[k]));
  }
}

TEST_CASE("yolov4_tiny_has_the_structure_of_darknet") {
  check_structure(
      {"yolov4-tiny.cfg", 6'056'606, {}, {"yolov4-tiny.head0.f32.npy", "yolov4-tiny.head1.f32.npy"}, 1}, {});
}

TEST_CASE("yolov4_has_the_structure_of_darknet") {
  const auto cfg = shared_data("structure_reference/yolov4.cfg");
  if (!cfg) return;
  check_structure({"yolov4.cfg",
                   64'363'101,
                   64'194'741'248,
                   {"yolov4.head0.every3rd.f32.npy", "yolov4.head1.f32.npy", "yolov4.head2.f32.npy"},
                   3},
                  layers_before_shortcuts(read_cfg(cfg->string())));
}

}  // namespace nibble::darknet::yolo_structure_test
