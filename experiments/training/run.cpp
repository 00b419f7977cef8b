#include "experiments/training/run.h"

#include <chrono>
#include <iostream>
#include <memory>

#include "core/buffer_pool.h"
#include "core/parallel.h"
#include "experiments/process/machine.h"
#include "experiments/process/signals.h"
#include "experiments/results/config_text.h"
#include "experiments/results/results_file.h"
#include "experiments/results/run_directory.h"
#include "experiments/tasks/task.h"
#include "experiments/training/import_weights.h"
#include "experiments/training/progress.h"
#include "experiments/training/run_record.h"
#include "experiments/training/training_checkpoint.h"
#include "layers/network/quantize.h"
#include "layers/network/round_weights.h"

namespace nibble {
namespace {

using Clock = std::chrono::steady_clock;

// One run in progress: what run_training's steps share.
class Run {
 public:
  Run(const ExperimentConfig& config, const RunOptions& options)
      : config_(config), directory_(run_directory(config)), record_(new_record(config, options)) {
    set_threads(config.run.threads);
    task_ = make_task(open_data(config.dataset));
    network_ = build_model(config.model, task_->sample_shape(), task_->classes(),
                           Rng(config.run.seed).stream("init"));
    record_.task = task_->outline();
    record_.class_names = task_->class_names();
    // Everything that a user can have got wrong is known by now; only then files are touched.
    if (!config.start_from.empty()) start_from(network_, config.start_from, task_->vocabulary());
    directory_.prepare(config, options.force);
    resuming_ = directory_.has_checkpoint();
    quantize_network();
  }

  RunOutcome train() {
    Trainer trainer(network_, *task_, config_.train, config_.run.seed);
    if (resuming_) resume(trainer);
    std::cerr << task_->describe() << "\n";
    Progress progress(task_->outline(), config_.train.epochs, trainer.batches_per_epoch(),
                      trainer.state().step);
    note_beginning(trainer, progress);
    saved_ = Clock::now();
    while (!trainer.finished()) {
      const Trainer::StepResult step = trainer.step();
      record_step(record_, trainer, step);
      progress.step(trainer.state().epoch - (step.epoch_done ? 1 : 0), step.loss, step.metrics, step.samples);
      if (step.epoch_done) finish_epoch(trainer, progress, step.learning_rate);

      // Accumulated gradients are not saved, so a checkpoint waits for the optimizer's step.
      const bool between_steps = trainer.state().step % config_.train.accumulate == 0;
      if (between_steps && (stop_requested() || checkpoint_due(trainer, step.epoch_done))) save(trainer);
      if (between_steps && stop_requested() && !trainer.finished()) {
        progress.finish();
        std::cerr << "stopped after epoch " << trainer.state().epoch << ", batch " << trainer.state().batch
                  << "; " << directory_.checkpoint() << " is written: the same command resumes the run\n";
        return RunOutcome::interrupted;
      }
    }
    progress.finish();
    if (trainer.average()) trainer.average()->swap();
    compensate_rounding();
    return conclude();
  }

  // Final figures, for trained and merely calibrated networks alike.
  RunOutcome conclude() {
    const Evaluation evaluation = task_->evaluate(network_, EvaluationSplit::test);
    record_.confusion = evaluation.confusion;
    if (config_.quant.method == QuantMethod::none) {
      record_.set_figures(Arithmetic::floating, evaluation.metrics);
    } else {
      record_.set_figures(Arithmetic::quantized, evaluation.metrics);
      if (config_.edge.integer_evaluation && task_->has_integers(config_.quant)) {
        const Evaluation integers = task_->evaluate_integers(network_, EvaluationSplit::test);
        record_.set_figures(Arithmetic::integer, integers.metrics);
      }
    }
    write_run(directory_.record(), record_);
    std::cout << config_.run.name << ": " << figures_line(record_) << "\nresults: " << directory_.record()
              << "\n";
    directory_.mark_done(str(evaluation.metrics.front()));
    return RunOutcome::finished;
  }

  void write_checkpoint_without_training() {
    Checkpoint checkpoint;
    checkpoint.parameters = capture(network_);
    finish_and_save(checkpoint);
    compensate_rounding();
  }

 private:
  void finish_and_save(Checkpoint& checkpoint) {
    checkpoint.config_text = record_.config_text;
    checkpoint.config_hash = config_hash(record_.config_text);
    checkpoint.record = record_;
    checkpoint.vocabulary = task_->vocabulary();
    nibble::save(directory_.checkpoint(), checkpoint);
  }

  void quantize_network() {
    if (config_.quant.method == QuantMethod::none) return;
    // The float figures that the quantized network is to be compared with: of the weights it starts from.
    if (!config_.start_from.empty() && !resuming_) {
      const Evaluation before = task_->evaluate(network_, EvaluationSplit::test);
      record_.set_figures(Arithmetic::floating, before.metrics);
      std::cout << config_.start_from << ": float";
      for (std::size_t i = 0; i < before.metrics.size(); ++i) {
        const Metric& metric = task_->outline().metrics[i];
        std::cout << (i == 0 ? " " : ", ") << metric.title << " " << str(before.metrics[i])
                  << unit_sign(metric);
      }
      std::cout << " on the test split\n" << std::flush;
    }
    quantize(network_, config_.quant);
    if (!resuming_) {
      const Sample sample = task_->calibration_sample(config_.calibration_samples);
      initialize_quantizers(network_, sample.x, sample.sequences);
    }
    buffer_pool::trim();
  }

  // The last word on the weights, once scales and shifts are settled. Rounding what is rounded changes
  // nothing, so a run that is stopped in between may do it again.
  void compensate_rounding() {
    if (config_.quant.method == QuantMethod::none ||
        config_.quant.weight_rounding != WeightRounding::compensated)
      return;
    const Sample sample = task_->calibration_sample(config_.quant.rounding_samples);
    round_weights(network_, sample.x, sample.sequences);
    buffer_pool::trim();
    Checkpoint checkpoint = load(directory_.checkpoint());
    checkpoint.parameters = capture(network_);
    for (auto& [name, value] : checkpoint.average) value = checkpoint.parameters.at(name);
    nibble::save(directory_.checkpoint(), checkpoint);
  }

  void note_beginning(const Trainer& trainer, Progress& progress) const {
    if (resuming_)
      progress.note(str("resuming at epoch ", trainer.state().epoch + 1, ", batch ", trainer.state().batch));
    if (config_.quant.method != QuantMethod::none && !kernels::has_bfloat16_products() &&
        config_.train.gradients == kernels::GradientPrecision::bfloat16) {
      progress.note(why_without("bfloat16 products") + ": gradients enter the backward pass as float32");
    }
  }

  void finish_epoch(Trainer& trainer, Progress& progress, double learning_rate) {
    Evaluation watched = not_evaluated(task_->outline());
    const bool due = trainer.state().epoch % config_.train.evaluate_every == 0 || trainer.finished();
    if (due) {
      if (trainer.average()) trainer.average()->swap();
      watched = task_->evaluate(network_, EvaluationSplit::watched);
      observe(progress);
      if (trainer.average()) trainer.average()->swap();
      trainer.report(watched.loss);
    }
    record_epoch(record_, trainer, watched, learning_rate);
    directory_.append_log(log_line(record_, trainer, watched, task_->log_style()));
    progress.epoch(trainer.state().epoch, epoch_parts(record_, trainer, watched));
  }

  // Scales, shifts and histograms of this epoch; a dead or non-finite quantizer is reported by name at once.
  void observe(Progress& progress) {
    if (config_.quant.method == QuantMethod::none) return;
    const Sample sample = task_->calibration_sample(config_.calibration_samples);
    const auto states = observe_quantizers(network_, sample.x, sample.sequences);
    for (const std::string& fault : find_faults(states)) {
      progress.note("warning: " + fault);
      directory_.append_log("warning: " + fault);
    }
    record_quantizers(record_, states);
    buffer_pool::trim();
  }

  bool checkpoint_due(const Trainer& trainer, bool epoch_done) const {
    const bool epoch_due =
        epoch_done && (trainer.state().epoch % config_.train.checkpoint_every == 0 || trainer.finished());
    const double seconds = std::chrono::duration<double>(Clock::now() - saved_).count();
    return epoch_due || seconds > 60 * config_.train.checkpoint_minutes;
  }

  void save(Trainer& trainer) {
    Checkpoint checkpoint = capture_training(network_, trainer);
    finish_and_save(checkpoint);
    write_run(directory_.record(), record_);
    saved_ = Clock::now();
  }

  void resume(Trainer& trainer) {
    const Checkpoint checkpoint = load(directory_.checkpoint());
    check_vocabulary(checkpoint, task_->vocabulary(), directory_.checkpoint());
    restore_training(network_, trainer, checkpoint, directory_.checkpoint());
    record_ = checkpoint.record;
  }

  const ExperimentConfig config_;
  const RunDirectory directory_;
  RunRecord record_;
  std::unique_ptr<Task> task_;
  Network network_;
  bool resuming_ = false;
  Clock::time_point saved_;
};

}  // namespace

RunOutcome run_training(const ExperimentConfig& config, const RunOptions& options) {
  return Run(config, options).train();
}

RunOutcome run_calibration(const ExperimentConfig& config, const RunOptions& options) {
  check(config.quant.method != QuantMethod::none,
        "calibrate: quant.method is none, so there is nothing to calibrate; choose learned_scale_shift, lsq, "
        "...");
  Run run(config, options);
  run.write_checkpoint_without_training();
  return run.conclude();
}

}  // namespace nibble
