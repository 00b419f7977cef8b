#include "layers/models/cfg_models.h"

#include <algorithm>
#include <iterator>

#include "core/check.h"
#include "layers/models/detectors.h"

namespace nibble {
namespace {

constexpr long kCoarsest = 32;  // pixels a cell of the coarsest head

struct BuiltIn {
  const char* kind;
  std::string (*cfg)(const Shape& input, int classes);
};
constexpr BuiltIn kBuiltIn[] = {
    {"yolov4", models::yolov4_cfg},
    {"yolov4-tiny", models::yolov4_tiny_cfg},
    {"yolo-fastest",
     [](const Shape& input, int classes) { return models::yolo_fastest_cfg(1, input, classes); }},
    {"yolo-fastest-xl",
     [](const Shape& input, int classes) { return models::yolo_fastest_cfg(2, input, classes); }},
};

const BuiltIn* built_in(const std::string& kind) {
  const auto* const found = std::find_if(std::begin(kBuiltIn), std::end(kBuiltIn),
                                         [&](const BuiltIn& one) { return kind == one.kind; });
  return found == std::end(kBuiltIn) ? nullptr : found;
}

// What messages call it.
std::string source_of(const ModelOptions& options) {
  return options.kind == "darknet" ? options.cfg : "model.kind=" + options.kind;
}

std::vector<darknet::Section> read_own(const ModelOptions& options, const Shape& sample, int classes) {
  check(!options.cfg.empty(), "model.kind=darknet: found no model.cfg, expected the file that describes it");
  std::vector<darknet::Section> sections = darknet::read_cfg(options.cfg);
  const Shape input = darknet::input_shape(sections);
  check(input == sample, options.cfg, ": found [net] of ", input, ", expected ", sample,
        " as the pictures of the data set are: change width, height and channels there, or dataset.crop");
  for (const darknet::YoloHead& head : darknet::heads_of(sections))
    check(head.classes == classes, options.cfg, ": found [yolo] of ", head.classes, " classes, expected ",
          classes, " as the data set has");
  return sections;
}

}  // namespace

bool has_cfg(const ModelOptions& options) {
  return options.kind == "darknet" || built_in(options.kind) != nullptr;
}

std::vector<darknet::Section> cfg_of(const ModelOptions& options, const Shape& sample, int classes) {
  const BuiltIn* const found = built_in(options.kind);
  if (found == nullptr) return read_own(options, sample, classes);
  check(sample.rank() == 3 && sample[2] == 3 && sample[0] % kCoarsest == 0 && sample[1] % kCoarsest == 0,
        source_of(options), ": found pictures of ", sample, ", expected 3 channels and sides that ",
        kCoarsest, " divides: dataset.image_size");
  return darknet::parse_cfg(found->cfg(sample, classes), source_of(options));
}

std::vector<darknet::YoloHead> heads_of(const ModelOptions& options, const Shape& sample, int classes) {
  if (!has_cfg(options)) return {};
  return darknet::heads_of(cfg_of(options, sample, classes));
}

Network build_cfg_model(const ModelOptions& options, const Shape& sample, int classes, Rng rng) {
  darknet::Model model = darknet::build(cfg_of(options, sample, classes), sample, options.norm, rng);
  if (!model.heads.empty()) return std::move(model.network);
  check(model.network.output_shape() == Shape{classes}, source_of(options), ": found an output of shape ",
        model.network.output_shape(), ", expected ", Shape{classes}, ": a score for each class");
  return std::move(model.network);
}

}  // namespace nibble
