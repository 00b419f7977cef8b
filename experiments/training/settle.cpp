#include "experiments/training/settle.h"

#include "core/buffer_pool.h"
#include "experiments/process/exit_codes.h"
#include "layers/network/correct_biases.h"
#include "layers/network/reestimate_norms.h"
#include "layers/network/round_weights.h"

namespace nibble {

bool settle(Network& network, const Task& task, const ExperimentConfig& config) {
  const bool round =
      config.quant.method != QuantMethod::none && config.quant.weight_rounding == WeightRounding::compensated;
  if (config.quant.correct_biases) {
    const Sample sample = task.calibration_sample(config.calibration_samples);
    correct_biases(network, sample.x, sample.sequences);
  }
  if (round) {
    const Sample sample = task.calibration_sample(config.quant.rounding_samples);
    round_weights(network, sample.x, sample.sequences);
  }
  if (config.train.reestimate_norms > 0) {
    const auto batches = task.training_batches(config.train, config.run.seed);
    batches->seek({config.train.epochs, 0});  // what training would have seen next
    reestimate_norms(
        network, config.train.reestimate_norms, [&] { return batches->next().x; },
        Rng(config.run.seed).stream("norms"));
  }
  buffer_pool::trim();
  return config.quant.correct_biases || round || config.train.reestimate_norms > 0;
}

void check_norms(Network& network, const Task& task, const ExperimentConfig& config) {
  if (config.train.reestimate_norms == 0) return;
  if (!has_norms_to_estimate(network))
    usage_error("train.reestimate_norms is ", config.train.reestimate_norms,
                ", but the network has no batch norm that learns; expected 0");
  try {
    task.training_batches(config.train, config.run.seed);
  } catch (const Error& error) {
    usage_error(error.what());  // no data to train with, a batch larger than the data
  }
}

}  // namespace nibble
