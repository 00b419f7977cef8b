#include "experiments/profile/profile_run.h"

#include <algorithm>

#include "core/buffer_pool.h"
#include "core/files/atomic_file.h"
#include "core/parallel.h"
#include "experiments/profile/fresh_training.h"
#include "experiments/profile/profile_json.h"
#include "experiments/profile/profile_table.h"
#include "experiments/profile/step_profiler.h"

namespace nibble {

namespace {

// The norm reads g; the update reads g, w and the moments, and writes w and the moments.
PassCost optimizer_cost(Network& network, const TrainConfig& config) {
  const double moments = config.optimizer != OptimizerKind::sgd ? 2 : config.momentum != 0 ? 1 : 0;
  double parameters = 0;
  network.parameters([&](const std::string&, ParameterKind kind, Var& value) {
    if (kind != ParameterKind::statistic) parameters += static_cast<double>(value.value().size());
  });
  return {(4 + 2 * moments) * sizeof(Real) * parameters, (2 + 6 * moments) * parameters, Products::none};
}

}  // namespace

StepProfile profile_steps(Trainer& trainer, Network& network, const TrainConfig& config,
                          const ProfileOptions& options) {
  for (int i = 0; i < options.warmup; ++i) trainer.step();
  StepProfiler profiler(network);
  long rows = 0;  // of a step: not train.batch, which of a text are sequences
  for (int i = 0; i < options.steps; ++i) rows = std::max(rows, trainer.step(&profiler).samples);
  StepProfile profile = profiler.profile(rows);
  profile.threads = threads();
  const buffer_pool::Usage arrays = buffer_pool::usage();
  profile.peak_bytes = static_cast<double>(arrays.peak);
  profile.reach_bytes = static_cast<double>(arrays.reach);
  profile.optimizer.cost = optimizer_cost(network, config);
  return profile;
}

void profile_training(const ExperimentConfig& config, const ProfileOptions& options, std::ostream& out) {
  FreshTraining training(config, open_data(config.dataset));
  StepProfile profile = profile_steps(*training.trainer, training.network, config.train, options);
  profile.model = config.model.kind;
  profile.method = name(config.quant.method);
  profile.unit = training.task->outline().unit;
  print_profile(profile, out, options.columns);
  if (!options.json.empty()) write_text_atomically(options.json, profile_to_json(profile));
}

}  // namespace nibble
