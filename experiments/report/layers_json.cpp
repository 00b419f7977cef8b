#include "experiments/report/layers_json.h"

#include "core/check.h"
#include "datasets/datasets.h"
#include "experiments/config/config_file.h"
#include "experiments/training/loaded_run.h"
#include "layers/network/summary.h"

namespace nibble::report {
namespace {

ExperimentConfig config_of(const RunRecord& record) {
  ExperimentConfig config;
  Options options;
  describe(options, config);
  options.apply(read_config_text(options, record.config_text, record.name));
  fill_in(config.dataset);
  return config;
}

}  // namespace

nlohmann::ordered_json layers_json(const RunRecord& record) {
  try {
    Network network = describe_network(config_of(record));
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const NodeSummary& node : summarize(network))
      rows.push_back({{"name", node.name},
                      {"kind", node.kind},
                      {"shape", str(node.shape)},
                      {"parameters", node.parameters},
                      {"macs", node.macs},
                      {"weight_bits", node.weight_bits},
                      {"activation_bits", node.activation_bits},
                      {"weight_bytes", node.weight_bytes},
                      {"runs_as", node.runs_as}});
    return {{"rows", std::move(rows)}};
  } catch (const Error& error) {
    return {{"why", error.what()}};
  }
}

}  // namespace nibble::report
