#include "experiments/results/loaded_run.h"

#include <filesystem>

#include "core/check.h"
#include "core/parallel.h"
#include "experiments/results/run_directory.h"
#include "experiments/training/checkpoint.h"
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
  restore(network, checkpoint.average.empty() ? checkpoint.parameters : checkpoint.average,
          directory.checkpoint());
  return network;
}

}  // namespace

bool has_integers(const ExperimentConfig& config) {
  const bool text = find_dataset_kind(config.dataset.kind).is_text;
  return config.quant.method != QuantMethod::none && !(text && config.quant.scope == QuantScope::products);
}

const ImageSet& LoadedRun::images(const std::string& who) const {
  const auto* dataset = std::get_if<ImageSet>(&data);
  check(dataset != nullptr, who, ": found the run of a language model, expected one of images");
  return *dataset;
}

const Corpus& LoadedRun::text(const std::string& who) const {
  const auto* corpus = std::get_if<Corpus>(&data);
  check(corpus != nullptr, who, ": found a run on images, expected a language model");
  return *corpus;
}

LoadedRun load_run(const std::string& path) {
  LoadedRun run;
  run.config = config_of(path);
  set_threads(run.config.run.threads);
  run.data = open_data(run.config.dataset);
  run.task = make_task(run.data);
  run.network = restored(path, run.config, *run.task);
  return run;
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
