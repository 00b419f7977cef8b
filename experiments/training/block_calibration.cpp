#include "experiments/training/block_calibration.h"

#include <filesystem>

#include "core/buffer_pool.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/machine.h"
#include "experiments/process/signals.h"
#include "experiments/reconstruct/progress.h"
#include "experiments/reconstruct/reconstruct.h"
#include "experiments/reconstruct/soft_weights.h"

namespace nibble {

BlockCalibration::BlockCalibration(const ExperimentConfig& config, const RunDirectory& directory,
                                   const Task& task, Network& network, Save save)
    : config_(config), directory_(directory), task_(task), network_(network), save_(std::move(save)) {}

void BlockCalibration::check_network() const {
  if (config_.reconstruct.views > 1 && !config_.train.augment)
    usage_error("reconstruct.views: found ", config_.reconstruct.views,
                " with train.augment = off, expected 1: all views would be the same");
  try {
    for (const Block& block : find_blocks(network_)) {
      Network taken = take_block(network_, block, true);
      const SoftWeights weights(taken);
    }
  } catch (const Error& error) {
    usage_error(error.what(), "; quant.reconstruct = none calibrates this network without it");
  }
}

// The model with these weights and without quantizers.
Network BlockCalibration::float_twin(const std::map<std::string, Tensor>& values) const {
  Network twin =
      build_model(config_.model, task_.sample_shape(), task_.classes(), Rng(config_.run.seed).stream("init"));
  twin.parameters([&](const std::string& path, ParameterKind, Var& value) {
    value.mutable_value() = values.at(path).clone();
  });
  return twin;
}

void BlockCalibration::keep(const std::string& path, std::size_t blocks) {
  blocks_ = blocks;
  Checkpoint checkpoint;
  checkpoint.parameters = capture(network_);
  checkpoint.counters["blocks"] = blocks;
  save_(path, checkpoint);
}

void BlockCalibration::begin() {
  float_network_ = float_twin(capture(network_));
  keep(directory_.first_checkpoint(), 0);
  keep(directory_.checkpoint(), 0);
}

void BlockCalibration::resume(const Checkpoint& last) {
  float_network_ = float_twin(load(directory_.first_checkpoint()).parameters);
  restore(network_, last.parameters, directory_.checkpoint());
  const auto blocks = last.counters.find("blocks");
  check(blocks != last.counters.end(), directory_.checkpoint(),
        ": found no number of blocks, expected one in ", "a checkpoint of a calibration that reconstructs");
  blocks_ = static_cast<std::size_t>(blocks->second);
}

// The middle of every picture, then of every one a random crop, and so on.
std::shared_ptr<MappedRows> BlockCalibration::all_views() const {
  const Rng rng = Rng(config_.run.seed).stream("views");
  const Tensor middle = task_.calibration_sample(config_.reconstruct.pictures).x;
  const long rows = middle.shape()[0];
  auto all = std::make_shared<MappedRows>(directory_.path(), rows * config_.reconstruct.views,
                                          network_.input_shape());
  all->write(0, middle);
  for (long i = 1; i < config_.reconstruct.views; ++i)
    all->write(i * rows,
               task_.augmented_sample(config_.train, rows, rng.stream(static_cast<std::uint64_t>(i))).x);
  return all;
}

bool BlockCalibration::run() {
  ReconstructionProgress progress;
  if (config_.reconstruct.products == kernels::Precision::bfloat16 && !kernels::has_bfloat16_products())
    progress.note(why_without("bfloat16 products") + ": blocks learn with float32 ones");
  if (blocks_ > 0) progress.note(str("resuming behind block ", blocks_));
  const ReconstructionEvents events{
      .keep_on = [] { return !stop_requested(); },
      .step = [&](const std::string& stage, long step, long steps) { progress.step(stage, step, steps); },
      .block_done =
          [&](const BlockReport& report) {
            keep(directory_.checkpoint(), report.number);
            directory_.append_log(progress.block(report));
          }};
  const bool done =
      reconstruct(network_, *float_network_, all_views(), config_.reconstruct,
                  Rng(config_.run.seed).stream("reconstruct"), blocks_, directory_.path(), events);
  buffer_pool::trim();
  if (done) {
    keep(directory_.checkpoint(), blocks_ + 1);
  } else {
    progress.note(str("stopped behind block ", blocks_, "; ", directory_.checkpoint(),
                      " is written: the same command resumes the run"));
  }
  return done;
}

void BlockCalibration::finish() const { std::filesystem::remove(directory_.first_checkpoint()); }

}  // namespace nibble
