#include "experiments/launch/check_structure.h"

#include <set>

#include "datasets/datasets.h"
#include "experiments/results/config_text.h"
#include "experiments/training/loaded_run.h"

namespace nibble {
namespace {

// What a network follows from.
std::string structure_of(const ExperimentConfig& config) {
  std::string text;
  for (const auto& [key, value] : parse_config(print_config(config))) {
    const std::string section = section_of(key);
    const bool counts = section == "model" || section == "dataset" || section == "quant";
    if (counts && key != "model.start_from") text += key + "=" + value + "\n";
  }
  return text;
}

bool data_is_here(const ExperimentConfig& config) {
  try {
    outline_dataset(config.dataset);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void check_structures(const std::vector<SweepRun>& runs, const std::string& path) {
  std::set<std::string> checked;
  for (const SweepRun& run : runs) {
    if (!checked.insert(structure_of(run.config)).second || !data_is_here(run.config)) continue;
    try {
      describe_network(run.config);
    } catch (const Error& error) {
      usage_error(path, ": run '", run.name, "': ", error.what());
    }
  }
}

}  // namespace nibble
