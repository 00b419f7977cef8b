#include "experiments/results/summary_columns.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "datasets/datasets.h"
#include "experiments/results/results_file.h"

namespace nibble {
namespace {

std::string two_decimals(double value) {
  if (std::isnan(value)) return "";
  char text[64];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string key_of(const RunRecord& run, const std::string& key, const std::string& otherwise) {
  const auto values = parse_config(run.config_text);
  const auto found = values.find(key);
  return found == values.end() ? otherwise : found->second;
}

std::string scope(const RunRecord& run) {
  return run.method == "none" ? "" : key_of(run, "quant.scope", "all");
}

constexpr SummaryColumn kRun{"run", [](const RunRecord& run) { return run.name; }};
constexpr SummaryColumn kModel{"model", [](const RunRecord& run) { return run.model; }};
constexpr SummaryColumn kMethod{"method", [](const RunRecord& run) { return run.method; }};
constexpr SummaryColumn kWeightBits{
    "weight_bits", [](const RunRecord& run) { return std::to_string(run.weight_bits); }, true};
constexpr SummaryColumn kActivationBits{
    "activation_bits", [](const RunRecord& run) { return std::to_string(run.activation_bits); }, true};
constexpr SummaryColumn kSeed{"seed", [](const RunRecord& run) { return std::to_string(run.seed); }, true};
constexpr SummaryColumn kEpochs{
    "epochs", [](const RunRecord& run) { return std::to_string(run.epochs.epoch.size()); }, true};
constexpr SummaryColumn kConfig{"config", [](const RunRecord& run) { return run.config; }, false, false};
constexpr SummaryColumn kRevision{"revision", [](const RunRecord& run) { return run.revision; }, false,
                                  false};

const std::vector<SummaryColumn>& image_columns() {
  static const std::vector<SummaryColumn> columns{
      kRun,
      kModel,
      {"activation", [](const RunRecord& run) { return run.activation; }},
      kMethod,
      kWeightBits,
      kActivationBits,
      kSeed,
      kEpochs,
      {"float_top1", [](const RunRecord& run) { return two_decimals(run.accuracy.float_top1); }, true},
      {"quantized_top1", [](const RunRecord& run) { return two_decimals(run.accuracy.quantized_top1); },
       true},
      {"integer_top1", [](const RunRecord& run) { return two_decimals(run.accuracy.integer_top1); }, true},
      kConfig,
      kRevision};
  return columns;
}

const std::vector<SummaryColumn>& text_columns() {
  static const std::vector<SummaryColumn> columns{
      kRun,
      kModel,
      kMethod,
      kWeightBits,
      kActivationBits,
      {"scope", scope},
      kSeed,
      kEpochs,
      {"float_ppl", [](const RunRecord& run) { return two_decimals(run.perplexity.float_ppl); }, true},
      {"quantized_ppl", [](const RunRecord& run) { return two_decimals(run.perplexity.quantized_ppl); },
       true},
      {"integer_ppl", [](const RunRecord& run) { return two_decimals(run.perplexity.integer_ppl); }, true},
      kConfig,
      kRevision};
  return columns;
}

}  // namespace

RunKind kind_of(const RunRecord& run) {
  const std::string data = key_of(run, "dataset.kind", DatasetOptions().kind);
  const auto& kinds = dataset_kinds();
  const bool text = std::any_of(kinds.begin(), kinds.end(),
                                [&](const DatasetKind& kind) { return kind.name == data && kind.is_text; });
  return text ? RunKind::text : RunKind::images;
}

const std::vector<SummaryColumn>& columns_of(RunKind kind) {
  return kind == RunKind::text ? text_columns() : image_columns();
}

}  // namespace nibble
