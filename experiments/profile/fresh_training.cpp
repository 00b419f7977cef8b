#include "experiments/profile/fresh_training.h"

#include "core/buffer_pool.h"
#include "core/parallel.h"
#include "experiments/training/import_weights.h"
#include "layers/models/models.h"
#include "layers/network/freeze.h"
#include "layers/network/quantize.h"

namespace nibble {

FreshTraining::FreshTraining(const ExperimentConfig& config, const Data& data) {
  set_threads(config.run.threads);
  task = make_task(data, config.model);
  network =
      build_model(config.model, task->sample_shape(), task->classes(), Rng(config.run.seed).stream("init"));
  if (!config.start_from.empty())
    start_from(network, config.start_from, {task->vocabulary(), config.start_from_except});
  if (config.train.norms == NormStatistics::running) keep_norm_statistics(network);
  if (!config.freeze.empty()) freeze(network, config.freeze);
  if (config.quant.method != QuantMethod::none) {
    quantize(network, config.quant);
    const Sample sample = task->calibration_sample(config.calibration_samples);
    initialize_quantizers(network, sample.x, sample.sequences);
    buffer_pool::trim();
  }
  if (!config.freeze.empty()) freeze(network, config.freeze);
  trainer.emplace(network, *task, config.train, config.run.seed);
}

}  // namespace nibble
