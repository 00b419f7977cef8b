#include "experiments/training/run.h"

#include <chrono>
#include <cmath>
#include <iostream>
#include <memory>

#include "core/buffer_pool.h"
#include "core/parallel.h"
#include "experiments/launch/signals.h"
#include "experiments/machine.h"
#include "experiments/progress.h"
#include "experiments/results/loaded_run.h"
#include "experiments/results/results_file.h"
#include "experiments/results/run_directory.h"
#include "experiments/tasks/evaluate.h"
#include "experiments/tasks/task.h"
#include "experiments/training/import_weights.h"
#include "experiments/training/quantizer_monitor.h"
#include "experiments/training/train.h"
#include "experiments/training/training_checkpoint.h"
#include "layers/network/quantize.h"
#include "layers/network/round_weights.h"

namespace nibble {
namespace {

using Clock = std::chrono::steady_clock;

RunRecord new_record(const ExperimentConfig& config, const RunOptions& options) {
  RunRecord record;
  record.name = config.run.name;
  record.config = options.config_file;
  record.config_text = print_config(config);
  record.command = options.command;
  record.revision = revision();
  record.created_utc = utc_now();
  record.seed = config.run.seed;
  record.machine = this_machine();
  record.model = config.model.kind;
  record.activation = name(activation_of(config.model));
  record.method = name(config.quant.method);
  if (config.quant.method != QuantMethod::none) {
    record.weight_bits = config.quant.weight_bits;
    record.activation_bits = config.quant.activation_bits;
  }
  return record;
}

// Appends one epoch of scales, shifts and code histograms; every epoch but the last shows what training did.
void record_quantizers(RunRecord& record, const std::map<std::string, QuantizerState>& states) {
  for (const auto& [path, state] : states) {
    QuantizerRecord& into = record.quantizers[path];
    into.scale.push_back({state.scale});
    into.shift.push_back({state.shift});
    into.codes = {state.lo, state.counts};
  }
}

// One run in progress: what run_training's steps share.
class Run {
 public:
  Run(const ExperimentConfig& config, const RunOptions& options)
      : config_(config), directory_(run_directory(config)), record_(new_record(config, options)) {
    set_threads(config.run.threads);
    task_ = make_task(open_data(config.dataset));
    network_ = build_model(config.model, task_->sample_shape(), task_->classes(),
                           Rng(config.run.seed).stream("init"));
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
    Progress progress(config_.train.epochs, trainer.batches_per_epoch(), trainer.state().step, task_->unit());
    if (resuming_)
      progress.note(str("resuming at epoch ", trainer.state().epoch + 1, ", batch ", trainer.state().batch));
    if (config_.quant.method != QuantMethod::none && !kernels::has_bfloat16_products() &&
        config_.train.gradients == kernels::GradientPrecision::bfloat16) {
      progress.note("this processor has no bfloat16 products: gradients enter the backward pass as float32");
    }
    Clock::time_point saved = Clock::now();
    while (!trainer.finished()) {
      const Trainer::StepResult step = trainer.step();
      record_.steps.step.push_back(trainer.state().step);
      record_.steps.loss.push_back(step.loss);
      record_.steps.learning_rate.push_back(step.learning_rate);
      record_.steps.gradient_norm.push_back(step.gradient_norm);
      (is_text() ? record_.steps.tokens_per_second : record_.steps.images_per_second)
          .push_back(static_cast<double>(step.samples) / step.seconds);
      progress.step(trainer.state().epoch - (step.epoch_done ? 1 : 0), step.loss, step.top1, step.samples);
      if (step.epoch_done) finish_epoch(trainer, progress, step.learning_rate);

      // Accumulated gradients are not saved, so a checkpoint waits for the optimizer's step.
      const bool between_steps = trainer.state().step % config_.train.accumulate == 0;
      const bool epoch_due =
          step.epoch_done &&
          (trainer.state().epoch % config_.train.checkpoint_every == 0 || trainer.finished());
      const bool time_due =
          std::chrono::duration<double>(Clock::now() - saved).count() > 60 * config_.train.checkpoint_minutes;
      if (between_steps && (epoch_due || time_due || stop_requested())) {
        save(trainer);
        saved = Clock::now();
      }
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
    const Evaluation evaluation = task_->evaluate(network_);
    record_.confusion = evaluation.confusion;
    if (config_.quant.method == QuantMethod::none) {
      record_.accuracy.float_top1 = evaluation.top1;
      record_.perplexity.float_ppl = evaluation.perplexity;
    } else {
      record_.accuracy.quantized_top1 = evaluation.top1;
      record_.perplexity.quantized_ppl = evaluation.perplexity;
      if (config_.edge.integer_evaluation && has_integers(config_)) {
        const Evaluation integers = task_->evaluate_integers(network_);
        record_.accuracy.integer_top1 = integers.top1;
        record_.perplexity.integer_ppl = integers.perplexity;
      }
    }
    write_run(directory_.record(), record_);
    print_figures();
    directory_.mark_done(str(is_text() ? evaluation.perplexity : evaluation.top1));
    return RunOutcome::finished;
  }

  void write_checkpoint_without_training() {
    Checkpoint checkpoint;
    checkpoint.parameters = capture(network_);
    finish_and_save(checkpoint);
    compensate_rounding();
  }

 private:
  bool is_text() const { return !task_->vocabulary().empty(); }

  void finish_and_save(Checkpoint& checkpoint) {
    checkpoint.config_text = record_.config_text;
    checkpoint.record = record_;
    checkpoint.vocabulary = task_->vocabulary();
    nibble::save(directory_.checkpoint(), checkpoint);
  }

  void quantize_network() {
    if (config_.quant.method == QuantMethod::none) return;
    // The float accuracy that the quantized network is to be compared with: of the weights it starts from.
    if (!config_.start_from.empty() && !resuming_) {
      const Evaluation before = task_->evaluate(network_);
      record_.accuracy.float_top1 = before.top1;
      record_.perplexity.float_ppl = before.perplexity;
      std::cout << config_.start_from << ": float "
                << (is_text() ? str("perplexity ", before.perplexity) : str("top-1 ", before.top1, " %"))
                << " on the test split\n"
                << std::flush;
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

  void finish_epoch(Trainer& trainer, Progress& progress, double learning_rate) {
    const EpochSums& sums = trainer.last_epoch();
    const double samples = static_cast<double>(sums.samples);
    EpochSeries& epochs = record_.epochs;
    epochs.epoch.push_back(trainer.state().epoch);
    epochs.train_loss.push_back(sums.loss / samples);
    if (!is_text()) epochs.train_top1.push_back(100.0 * static_cast<double>(sums.correct) / samples);
    epochs.learning_rate.push_back(learning_rate);
    epochs.seconds.push_back(sums.seconds);
    Evaluation found;
    found.loss = found.top1 = kNotMeasured;
    const bool due = trainer.state().epoch % config_.train.evaluate_every == 0 || trainer.finished();
    if (due) {
      if (trainer.average()) trainer.average()->swap();
      found = task_->validate(network_);
      observe(progress);
      if (trainer.average()) trainer.average()->swap();
      trainer.report(found.loss);
    }
    const std::string line = is_text() ? text_line(trainer, found) : image_line(trainer, found);
    directory_.append_log(line);
    progress.epoch(line);
  }

  std::string image_line(const Trainer& trainer, const Evaluation& test) {
    EpochSeries& epochs = record_.epochs;
    epochs.test_loss.push_back(test.loss);
    epochs.test_top1.push_back(test.top1);
    return str("epoch=", trainer.state().epoch, " step=", trainer.state().step,
               " loss=", epochs.train_loss.back(), " top1=", epochs.train_top1.back(),
               " test_loss=", test.loss, " test_top1=", test.top1, " img/s=", rate(trainer),
               " seconds=", epochs.seconds.back());
  }

  std::string text_line(const Trainer& trainer, const Evaluation& valid) {
    EpochSeries& epochs = record_.epochs;
    epochs.valid_loss.push_back(valid.loss);
    return str("epoch=", trainer.state().epoch, " step=", trainer.state().step,
               " loss=", epochs.train_loss.back(), " ppl=", std::exp(epochs.train_loss.back()),
               " valid_loss=", valid.loss, " valid_ppl=", std::exp(valid.loss),
               " lr=", epochs.learning_rate.back(), " tokens/s=", rate(trainer),
               " seconds=", epochs.seconds.back());
  }

  static double rate(const Trainer& trainer) {
    return static_cast<double>(trainer.last_epoch().samples) / trainer.last_epoch().seconds;
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

  void save(Trainer& trainer) {
    Checkpoint checkpoint = capture_training(network_, trainer);
    finish_and_save(checkpoint);
    write_run(directory_.record(), record_);
  }

  void resume(Trainer& trainer) {
    const Checkpoint checkpoint = load(directory_.checkpoint());
    check_vocabulary(checkpoint, task_->vocabulary(), directory_.checkpoint());
    restore_training(network_, trainer, checkpoint, directory_.checkpoint());
    record_ = checkpoint.record;
  }

  void print_figures() const {
    const auto figure = [](const char* what, double value, const char* unit) {
      return std::isnan(value) ? std::string() : str("  ", what, " ", value, unit);
    };
    const Accuracy& a = record_.accuracy;
    const Perplexity& p = record_.perplexity;
    std::cout << config_.run.name << ": ";
    if (is_text()) {
      std::cout << "test perplexity" << figure("float", p.float_ppl, "")
                << figure("quantized", p.quantized_ppl, "") << figure("integer", p.integer_ppl, "");
    } else {
      std::cout << "top-1" << figure("float", a.float_top1, " %")
                << figure("quantized", a.quantized_top1, " %") << figure("integer", a.integer_top1, " %");
    }
    std::cout << "\nresults: " << directory_.record() << "\n";
  }

  const ExperimentConfig config_;
  const RunDirectory directory_;
  RunRecord record_;
  std::unique_ptr<Task> task_;
  Network network_;
  bool resuming_ = false;
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
