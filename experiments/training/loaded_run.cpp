#include "experiments/training/loaded_run.h"

#include <filesystem>
#include <iostream>

#include "core/check.h"
#include "core/parallel.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/machine.h"
#include "experiments/results/config_text.h"
#include "experiments/results/run_directory.h"
#include "experiments/training/checkpoint.h"
#include "experiments/training/import_weights.h"
#include "experiments/training/run_identity.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

namespace nibble {
namespace {

ExperimentConfig config_of(const std::string& path) {
  const RunDirectory directory(path);
  check(std::filesystem::exists(directory.config()), path, " is not a run: it holds no config.ini");
  return read_config(directory.config());
}

Network restored(const std::string& path, const ExperimentConfig& config, const Task& task) {
  const RunDirectory directory(path);
  Network network = build_model(config.model, task.sample_shape(), task.classes(), Rng(config.run.seed));
  if (config.quant.method != QuantMethod::none) quantize(network, config.quant);
  const Checkpoint checkpoint = load(directory.checkpoint());
  check_vocabulary(checkpoint, task.vocabulary(), directory.checkpoint());
  const std::string difference = compare_with_training(checkpoint, directory, task);
  if (!difference.empty()) std::cerr << "note: " << difference << "\n";
  restore(network, checkpoint.average.empty() ? checkpoint.parameters : checkpoint.average,
          directory.checkpoint());
  return network;
}

// A checkpoint of a quantized network gives recurrent layers cells of 16 bits.
void compute_cells_in_reals(Network& network) {
  for (NetworkNode& node : network.nodes()) {
    if (auto* const recurrent = std::get_if<Recurrent>(&node.layer))
      recurrent->cell_fraction_bits = Var(Tensor({1}, {-1}));
  }
}

}  // namespace

LoadedRun load_run(const std::string& path) {
  LoadedRun run;
  run.config = config_of(path);
  set_threads(run.config.run.threads);
  run.task = make_task(open_data(run.config.dataset), run.config.model);
  run.network = restored(path, run.config, *run.task);
  return run;
}

LoadedRun load_start(const ExperimentConfig& config, const std::string& verb) {
  if (config.start_from.empty())
    usage_error(verb, ": found a config without model.start_from, expected the weights to judge, or a run");
  if (config.quant.method != QuantMethod::none)
    usage_error(
        verb, ": found quant.method = ", name(config.quant.method),
        " in a config, expected none: `nibble calibrate` or `train` makes a run with scales, which can be "
        "evaluated");
  LoadedRun run;
  run.config = config;
  set_threads(config.run.threads);
  run.task = make_task(open_data(config.dataset), config.model);
  run.network = build_model(config.model, run.task->sample_shape(), run.task->classes(),
                            Rng(config.run.seed).stream("init"));
  start_from(run.network, config.start_from, {run.task->vocabulary(), config.start_from_except});
  return run;
}

LoadedRun load_float_run(const std::string& directory) {
  LoadedRun run = load_run(directory);
  if (run.config.quant.method == QuantMethod::none) return run;
  run.network =
      build_model(run.config.model, run.task->sample_shape(), run.task->classes(), Rng(run.config.run.seed));
  start_from(run.network, directory, {run.task->vocabulary()});
  compute_cells_in_reals(run.network);
  return run;
}

LoadedRun load_float_start(const ExperimentConfig& config, const std::string& verb) {
  ExperimentConfig real = config;
  real.quant.method = QuantMethod::none;
  LoadedRun run = load_start(real, verb);
  compute_cells_in_reals(run.network);
  run.config = config;
  return run;
}

edge::IntegerGraph lower_run(const LoadedRun& run, const std::string& name) {
  check(run.config.quant.method != QuantMethod::none, name,
        ": a float run has no integer form; train one with quant.method = learned_scale_shift");
  return run.task->integers(run.network, name);
}

std::string origin_of(const LoadedRun& run) {
  return str("nibble ", version(), ", commit ", revision(), ", config ",
             config_hash(print_config(run.config)));
}

Network trained_network(const std::string& path, const Task& task) {
  return restored(path, config_of(path), task);
}

Network describe_network(const ExperimentConfig& config) {
  const DatasetOutline data = outline_dataset(config.dataset);
  Network network = build_model(config.model, data.sample, data.classes, Rng(config.run.seed).stream("init"));
  if (config.quant.method != QuantMethod::none) quantize(network, config.quant);
  return network;
}

}  // namespace nibble
