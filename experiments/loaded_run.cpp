#include "experiments/loaded_run.h"

#include <filesystem>

#include "core/check.h"
#include "core/parallel.h"
#include "experiments/checkpoint.h"
#include "experiments/run_directory.h"
#include "layers/models/models.h"
#include "layers/quantize.h"

namespace nibble {

bool has_integers(const ExperimentConfig& config) {
  const bool text = find_dataset_kind(config.dataset.kind).is_text;
  return config.quant.method != QuantMethod::none && !(text && config.quant.scope == QuantScope::products);
}

const Dataset& LoadedRun::images(const std::string& who) const {
  const auto* dataset = std::get_if<Dataset>(&data);
  check(dataset != nullptr, who, ": found the run of a language model, expected one of images");
  return *dataset;
}

const Corpus& LoadedRun::text(const std::string& who) const {
  const auto* corpus = std::get_if<Corpus>(&data);
  check(corpus != nullptr, who, ": found a run on images, expected a language model");
  return *corpus;
}

LoadedRun load_run(const std::string& path) {
  const RunDirectory directory(path);
  check(std::filesystem::exists(directory.config()), path, " is not a run: it holds no config.ini");
  LoadedRun run;
  run.config = read_config(directory.config());
  set_threads(run.config.run.threads);
  run.data = open_data(run.config.dataset);
  run.task = make_task(run.data);
  run.network =
      build_model(run.config.model, run.task->sample_shape(), run.task->classes(), Rng(run.config.run.seed));
  if (run.config.quant.method != QuantMethod::none) quantize(run.network, run.config.quant);
  const Checkpoint checkpoint = load(directory.checkpoint());
  check_vocabulary(checkpoint, run.task->vocabulary(), directory.checkpoint());
  restore(run.network, checkpoint.average.empty() ? checkpoint.parameters : checkpoint.average,
          directory.checkpoint());
  return run;
}

Network describe_network(const ExperimentConfig& config) {
  const DatasetOutline data = outline_dataset(config.dataset);
  Network network = build_model(config.model, data.sample, data.classes, Rng(config.run.seed).stream("init"));
  if (config.quant.method != QuantMethod::none) quantize(network, config.quant);
  return network;
}

}  // namespace nibble
