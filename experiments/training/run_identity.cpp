#include "experiments/training/run_identity.h"

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "experiments/process/exit_codes.h"
#include "experiments/results/config_text.h"

namespace nibble {
namespace {

// Checkpoints of old programs have no fingerprint.
bool other_data(const Checkpoint& checkpoint, const Task& task) {
  return !checkpoint.data_fingerprint.empty() && checkpoint.data_fingerprint != task.fingerprint();
}

// The lines of a resolved config that belong to a section: "[model]" and "[quant]" say which network it is.
bool describes_network(const std::string& key) {
  return key.starts_with("model.") || key.starts_with("quant.");
}

// What says how a network was trained or calibrated, but not what it is.
bool is_history(const std::string& key) {
  return key == "model.start_from" || key == "model.start_from_except" || key == "model.freeze" ||
         key == "quant.calibration_samples" || key == "quant.rounding_samples";
}

// What says how quantizers got their first values, or how they learn, but not which codes they have.
bool is_first_choice(const std::string& key) {
  return key == "quant.weight_initialization" || key == "quant.activation_initialization" ||
         key == "quant.percentile" || key == "quant.weight_rounding" || key == "quant.correct_biases" ||
         key == "quant.equalize" || key == "quant.reconstruct" || key == "quant.gradient_scale";
}

void check_network_keys(const std::string& trained, const std::string& found, const std::string& path) {
  const auto theirs = parse_config(trained), ours = parse_config(found);
  for (const auto& [key, value] : theirs) {
    const auto entry = ours.find(key);
    check(entry != ours.end(), path, ": found no '", key,
          "', expected every key of the config that was trained; ", "was the file cut short?");
    check(!describes_network(key) || is_history(key) || entry->second == value, path, ": found ", key, " = ",
          entry->second, ", expected ", value, ", with which the weights of this run were trained");
  }
}

}  // namespace

RunKind kind_of(const Checkpoint& checkpoint) {
  return checkpoint.counters.contains("epoch") ? RunKind::training : RunKind::calibration;
}

void check_resumable(const Checkpoint& checkpoint, const ExperimentConfig& config, RunKind kind,
                     const Task& task, const std::string& path) {
  const auto refuse = [&](const std::string& what) {
    usage_error(path, " ", what, "; choose another run.name, or --force to replace the run");
  };
  if (kind_of(checkpoint) != kind)
    refuse(str("was left by a ", name(kind_of(checkpoint)), " that did not end, expected one of a ",
               name(kind)));
  const std::string differing =
      config_differences(complete_config(checkpoint.config_text), print_config(config));
  if (!differing.empty()) refuse(str("was written by another config: ", differing));
  if (checkpoint.record.task.metrics != task.outline().metrics)
    refuse("was left by a program that judges by other metrics");
  if (other_data(checkpoint, task))
    refuse(str("was trained on data with fingerprint ", checkpoint.data_fingerprint, ", found ",
               task.fingerprint(), " now"));
}

std::string other_quantizers(const Checkpoint& from, const ExperimentConfig& config) {
  if (!config.start_from_except.empty()) return "model.start_from_except leaves layers out";
  if (config.quant.equalize) return "quant.equalize changes the weights";
  for (const ConfigDifference& key :
       different_keys(complete_config(from.config_text), print_config(config))) {
    if (!describes_network(key.key) || is_history(key.key) || is_first_choice(key.key)) continue;
    return str(key.key, " is ", key.there, " there, ", key.here, " here");
  }
  return "";
}

std::string compare_with_training(const Checkpoint& checkpoint, const RunDirectory& directory,
                                  const Task& task) {
  const std::string path = directory.config(), found = read_text(path);
  check(found.ends_with('\n'), path, ": found no end of its last line; was the file cut short?");
  check_network_keys(checkpoint.config_text, found, path);
  const std::string differing =
      config_differences(complete_config(checkpoint.config_text), complete_config(found));
  if (!differing.empty()) return str(path, " is not the config that was trained: ", differing);
  if (other_data(checkpoint, task))
    return str(directory.path(), ": the data have changed since the training: fingerprint ",
               checkpoint.data_fingerprint, " then, ", task.fingerprint(), " now");
  return "";
}

}  // namespace nibble
