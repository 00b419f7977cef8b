#include "experiments/results/metric.h"

#include <iterator>
#include <utility>

#include "experiments/process/terminal.h"

namespace nibble {

const char* name(Arithmetic arithmetic) {
  static constexpr const char* names[] = {"float", "quantized", "integer"};
  static_assert(std::size(names) == std::size(kArithmetics));
  return names[static_cast<std::size_t>(arithmetic)];
}

std::string figure_name(Arithmetic arithmetic, const Metric& metric) {
  return std::string(name(arithmetic)) + "_" + metric.name;
}

const char* unit_sign(const Metric& metric) { return metric.unit == "percent" ? " %" : ""; }

std::string shown(const Metric& metric, double value) {
  return metric.title + " " + format_fixed(value, 1) + unit_sign(metric);
}

TaskOutline image_outline(long classes) {
  TaskOutline outline{.kind = "images",
                      .unit = "images",
                      .watched = "test",
                      .metrics = {{"top1", "top-1", "percent", Better::up, "accuracy"}},
                      .columns = {"activation"}};
  if (classes > kFewClasses) outline.metrics.push_back({"top5", "top-5", "percent", Better::up, "accuracy"});
  return outline;
}

TaskOutline text_outline() {
  return {.kind = "text",
          .unit = "tokens",
          .watched = "valid",
          .metrics = {{"ppl", "perplexity", "1", Better::down, "perplexity", true}},
          .columns = {"scope"}};
}

TaskOutline detection_outline() {
  constexpr std::pair<const char*, const char*> kFigures[] = {{"ap", "AP"},
                                                              {"ap50", "AP50"},
                                                              {"ap75", "AP75"},
                                                              {"ap_small", "APsmall"},
                                                              {"ap_medium", "APmedium"},
                                                              {"ap_large", "APlarge"},
                                                              {"ar1", "AR1"},
                                                              {"ar10", "AR10"},
                                                              {"ar100", "AR100"},
                                                              {"ar_small", "ARsmall"},
                                                              {"ar_medium", "ARmedium"},
                                                              {"ar_large", "ARlarge"}};
  TaskOutline outline{
      .kind = "detection", .unit = "images", .watched = "test", .metrics = {}, .columns = {"activation"}};
  for (const auto& [name, title] : kFigures)
    outline.metrics.push_back({name, title, "percent", Better::up, "precision"});
  return outline;
}

}  // namespace nibble
