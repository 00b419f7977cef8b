#include "experiments/results/metric.h"

namespace nibble {

const char* name(Arithmetic arithmetic) {
  switch (arithmetic) {
    case Arithmetic::floating:
      return "float";
    case Arithmetic::quantized:
      return "quantized";
    case Arithmetic::integer:
      return "integer";
  }
  return "";
}

std::string figure_name(Arithmetic arithmetic, const Metric& metric) {
  return std::string(name(arithmetic)) + "_" + metric.name;
}

const char* unit_sign(const Metric& metric) { return metric.unit == "percent" ? " %" : ""; }

TaskOutline image_outline() {
  return {.kind = "images",
          .unit = "images",
          .watched = "test",
          .metrics = {{"top1", "top-1", "percent", Better::up, "accuracy"}},
          .columns = {"activation"}};
}

TaskOutline text_outline() {
  return {.kind = "text",
          .unit = "tokens",
          .watched = "valid",
          .metrics = {{"ppl", "perplexity", "1", Better::down, "perplexity", true}},
          .columns = {"scope"}};
}

}  // namespace nibble
