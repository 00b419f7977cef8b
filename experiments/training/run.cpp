#include "experiments/training/run.h"

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <set>

#include "core/buffer_pool.h"
#include "core/parallel.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/machine.h"
#include "experiments/process/signals.h"
#include "experiments/results/config_text.h"
#include "experiments/results/results_file.h"
#include "experiments/results/run_directory.h"
#include "experiments/tasks/answer_tables.h"
#include "experiments/tasks/task.h"
#include "experiments/training/block_calibration.h"
#include "experiments/training/claimed_run.h"
#include "experiments/training/import_weights.h"
#include "experiments/training/joint_training.h"
#include "experiments/training/judge.h"
#include "experiments/training/progress.h"
#include "experiments/training/run_identity.h"
#include "experiments/training/run_record.h"
#include "experiments/training/settle.h"
#include "experiments/training/training_checkpoint.h"
#include "layers/network/equalize.h"
#include "layers/network/freeze.h"
#include "layers/network/quantize.h"

namespace nibble {
namespace {

using Clock = std::chrono::steady_clock;

// One run in progress, in a directory that is claimed and admits it: what the steps of training and
// calibration share. Whatever a user can have got wrong is found in the constructor; only then files change.
class Run {
 public:
  Run(const ExperimentConfig& config, const RunOptions& options, RunKind kind)
      : config_(config),
        kind_(kind),
        directory_(run_directory(config)),
        ranks_(options.ranks),
        record_(new_record(config, options)) {
    set_threads(config.run.threads);
    if (config.run.threads == 0) set_threads(std::max(1, threads() / options.processes_here));
    record_.machine.threads = threads();
    task_ = make_task(open_data(config.dataset), config.model);
    network_ = new_network();
    record_.task = task_->outline();
    record_.class_names = task_->class_names();
    if (!options.force && directory_.has_checkpoint()) find_checkpoint();
    if (!resuming_ && !config.start_from.empty()) begin_elsewhere();
    if (kind == RunKind::training)
      freeze_layers(network_);  // first scales come from what frozen norms compute
    quantize_network();
    if (kind == RunKind::training) {
      freeze_layers(network_);  // and scales of frozen layers stay
      make_trainer();
    }
    check_norms(network_, *task_, config_);
    if (!resuming_) check_integers();
    if (reconstructs()) make_block_calibration();
    if (!ranks_ || ranks_->index() == 0) directory_.prepare(config, options.force);
  }

  RunOutcome train() {
    Trainer& trainer = joint_->trainer();
    if (resuming_) resume();
    joint_->check_agreement({{"config", config_hash(record_.config_text)},
                             {"data set", task_->fingerprint()},
                             {"program", record_.revision},
                             {"checkpoint", str("step ", trainer.state().step)}});
    std::cerr << task_->describe() << "\n";
    Progress progress(task_->outline(), config_.train.epochs, trainer.batches_per_epoch(),
                      trainer.state().step);
    note_beginning(trainer, progress);
    saved_ = Clock::now();
    while (!trainer.finished()) {
      const Trainer::StepResult step = joint_->step();
      record_step(record_, trainer, step);
      progress.step(trainer.state().epoch - (step.epoch_done ? 1 : 0), step.loss, step.metrics, step.samples);
      if (step.epoch_done) finish_epoch(trainer, progress, step.learning_rate);
      const auto [stop, due] = joint_->agreed(stop_requested(), checkpoint_due(trainer, step.epoch_done));
      if (stop || due) save(trainer);
      if (stop && !trainer.finished()) {
        progress.finish();
        std::cerr << "stopped after epoch " << trainer.state().epoch << ", batch " << trainer.state().batch
                  << "; " << directory_.checkpoint() << " is written: the same command resumes the run\n";
        return RunOutcome::interrupted;
      }
    }
    progress.finish();
    if (config_.train.epochs == 0) save(trainer);  // no epoch has left a checkpoint
    if (!joint_->leads()) return RunOutcome::finished;
    if (trainer.average()) trainer.average()->swap();
    settle_and_save();
    return conclude();
  }

  RunOutcome calibrate() {
    if (blocks_) {
      if (resuming_) {
        blocks_->resume(*checkpoint_);
        take_record();
      } else {
        blocks_->begin();
      }
      if (!blocks_->run()) return RunOutcome::interrupted;
    } else {
      Checkpoint checkpoint;
      checkpoint.parameters = capture(network_);
      finish_and_save(checkpoint, directory_.checkpoint());
    }
    settle_and_save();
    // There are no epochs: one row of scales, shifts and histograms, of the network that is judged.
    observe([&](const std::string& note) { std::cerr << config_.run.name << ": " << note << "\n"; });
    const RunOutcome outcome = conclude();
    if (blocks_) blocks_->finish();
    return outcome;
  }

 private:
  // What a run that was interrupted has left. A calibration that does not reconstruct begins anew: it takes
  // seconds.
  void find_checkpoint() {
    checkpoint_ = load(directory_.checkpoint());
    check_vocabulary(*checkpoint_, task_->vocabulary(), directory_.checkpoint());
    check_resumable(*checkpoint_, config_, kind_, *task_, directory_.checkpoint());
    resuming_ = kind_ == RunKind::training || reconstructs();
  }

  bool reconstructs() const {
    return kind_ == RunKind::calibration && config_.reconstruct.what != Reconstruct::none;
  }

  void begin_elsewhere() {
    const StartOptions options{task_->vocabulary(), config_.start_from_except};
    Start start = start_from(network_, config_.start_from, options);
    if (start.quantized) start.notes.push_back(take_quantizers(start));
    for (const std::string& note : start.notes) std::cerr << config_.run.name << ": " << note << "\n";
  }

  // Those of the network that this one starts from, where they have the same codes. Returns what to say.
  std::string take_quantizers(Start& start) {
    const std::string differing = kind_ == RunKind::calibration ? "a calibration chooses them"
                                                                : other_quantizers(*start.quantized, config_);
    const std::string said = start.file + " is of a quantized network: its weights";
    if (!differing.empty()) return said + " are taken, its scales and shifts begin anew: " + differing;
    begun_ = std::move(start.quantized);
    return said + ", scales and shifts are taken";
  }

  Network new_network() const {
    return build_model(config_.model, task_->sample_shape(), task_->classes(),
                       Rng(config_.run.seed).stream("init"));
  }

  void freeze_layers(Network& network) const {
    if (config_.train.norms == NormStatistics::running) keep_norm_statistics(network);
    if (config_.freeze.empty()) return;
    try {
      freeze(network, config_.freeze);
    } catch (const Error& error) {
      usage_error(error.what());
    }
  }

  void make_block_calibration() {
    blocks_.emplace(
        config_, directory_, *task_, network_,
        [&](const std::string& path, Checkpoint& checkpoint) { finish_and_save(checkpoint, path); });
    if (!resuming_) blocks_->check_network();
  }

  void make_trainer() {
    try {
      joint_.emplace(network_, *task_, config_, ranks_, [&] {
        Network network = new_network();
        freeze_layers(network);
        if (config_.quant.method != QuantMethod::none) quantize(network, config_.quant);
        freeze_layers(network);
        return network;
      });
    } catch (const Error& error) {
      usage_error(error.what());  // a batch larger than the data, a teacher that is not there
    }
  }

  // Whether the network can become integers follows from its structure and bits, so it is known before the
  // first step.
  void check_integers() {
    if (!config_.edge.integer_evaluation || !task_->has_integers(config_.quant)) return;
    try {
      task_->integers(network_, config_.run.name);
    } catch (const Error& error) {
      usage_error(error.what(), "; edge.integer_evaluation = false trains this network without its integers");
    }
  }

  // What was found on the test split.
  void keep(Arithmetic arithmetic, const Evaluation& evaluation) {
    record_.set_figures(arithmetic, evaluation.metrics);
    if (evaluation.boxes)
      record_.curves[static_cast<std::size_t>(arithmetic)] =
          class_curves(*evaluation.boxes, task_->class_names());
  }

  // Final figures, for trained and merely calibrated networks alike. Each is on disk before the next begins.
  RunOutcome conclude() {
    const Evaluation evaluation =
        judge(*task_, network_, EvaluationSplit::test, config_.calibration_samples, config_.run.name);
    record_.confusion = evaluation.confusion;
    record_.worst = evaluation.worst, record_.worst_boxes = evaluation.worst_boxes;
    record_.worst_pictures = task_->pictures_of_worst(evaluation);
    const bool quantized = config_.quant.method != QuantMethod::none;
    keep(quantized ? Arithmetic::quantized : Arithmetic::floating, evaluation);
    write_run(directory_.record(), record_);
    if (config_.edge.integer_evaluation && task_->has_integers(config_.quant)) {
      const Evaluation integers = task_->evaluate_integers(network_, EvaluationSplit::test);
      keep(Arithmetic::integer, integers);
      write_run(directory_.record(), record_);
    }
    std::cout << config_.run.name << ": " << figures_line(record_) << "\nresults: " << directory_.record()
              << "\n";
    directory_.mark_done(str(evaluation.metrics.front()), kind_);
    return RunOutcome::finished;
  }

  void finish_and_save(Checkpoint& checkpoint, const std::string& path) {
    checkpoint.config_text = record_.config_text;
    checkpoint.config_hash = config_hash(record_.config_text);
    checkpoint.data_fingerprint = task_->fingerprint();
    checkpoint.record = record_;
    checkpoint.vocabulary = task_->vocabulary();
    nibble::save(path, checkpoint);
  }

  void quantize_network() {
    if (config_.quant.method == QuantMethod::none) return;
    // The float figures that the quantized network is to be compared with: of the weights it starts from.
    if (!config_.start_from.empty() && !resuming_ && !begun_) {
      const Evaluation before =
          judge(*task_, network_, EvaluationSplit::test, config_.calibration_samples, config_.start_from);
      keep(Arithmetic::floating, before);
      std::cout << config_.start_from << ": " << float_figures(task_->outline(), before.metrics)
                << " on the test split" << std::endl;
    }
    if (config_.quant.equalize && !resuming_ && equalize(network_) == 0)
      usage_error("quant.equalize found no two convolutions with a ReLU or leaky ReLU between them alone, ",
                  "expected false");
    quantize(network_, config_.quant);
    if (begun_) {
      restore(network_, begun_->parameters, config_.start_from);
      if (begun_->data_fingerprint == task_->fingerprint())  // figures of the same pictures
        record_.set_figures(Arithmetic::floating, begun_->record.all_figures(Arithmetic::floating));
      begun_.reset();
    } else if (!resuming_) {
      const Sample sample = task_->calibration_sample(config_.calibration_samples);
      initialize_quantizers(network_, sample.x, sample.sequences, kind_ == RunKind::calibration);
    }
    buffer_pool::trim();
  }

  void settle_and_save() {
    if (!settle(network_, *task_, config_)) return;
    Checkpoint checkpoint = load(directory_.checkpoint());
    checkpoint.parameters = capture(network_);
    for (auto& [name, value] : checkpoint.average) value = checkpoint.parameters.at(name);
    nibble::save(directory_.checkpoint(), checkpoint);
  }

  void note_beginning(const Trainer& trainer, Progress& progress) const {
    if (resuming_)
      progress.note(str("resuming at epoch ", trainer.state().epoch + 1, ", batch ", trainer.state().batch));
    if (config_.quant.method != QuantMethod::none && !kernels::has_bfloat16_products() &&
        config_.train.gradients == kernels::Precision::bfloat16) {
      progress.note(why_without("bfloat16 products") + ": gradients enter the backward pass as float32");
    }
  }

  void finish_epoch(Trainer& trainer, Progress& progress, double learning_rate) {
    Evaluation watched = not_evaluated(task_->outline());
    const bool due = trainer.state().epoch % config_.train.evaluate_every == 0 || trainer.finished();
    if (due) {
      check_weights(trainer);
      if (joint_->leads()) watched = judge_epoch(trainer, progress);
      watched.loss = joint_->of_first(watched.loss);
      joint_->with_all([&](Trainer& one) { one.report(watched.loss); });
    }
    record_epoch(record_, trainer, watched, learning_rate);
    if (joint_->leads()) directory_.append_log(log_line(record_, trainer, watched, task_->log_style()));
    progress.epoch(trainer.state().epoch, epoch_parts(record_, trainer, watched));
  }

  Evaluation judge_epoch(Trainer& trainer, Progress& progress) {
    if (trainer.average()) trainer.average()->swap();
    const Evaluation watched = task_->evaluate(network_, EvaluationSplit::watched);
    observe([&](const std::string& note) { progress.note(note); });
    if (trainer.average()) trainer.average()->swap();
    return watched;
  }

  // The loss of a step says nothing about the weights that the step leaves. They are neither judged nor saved
  // where they are not numbers: the checkpoint of before stays.
  void check_weights(const Trainer& trainer) {
    const std::string fault = find_non_finite_parameter(network_);
    check(fault.empty(), "train: after step ", trainer.state().step, " ", fault,
          ", expected finite numbers; a lower train.learning_rate may help");
  }

  // Records scales, shifts and histograms as they are now; a dead, runaway or non-finite quantizer is
  // reported by name at once.
  void observe(const std::function<void(const std::string&)>& say) {
    if (config_.quant.method == QuantMethod::none) return;
    const Sample sample = task_->calibration_sample(config_.calibration_samples);
    const auto states = observe_quantizers(network_, sample.x, sample.sequences);
    std::vector<std::string> faults = find_faults(states);
    for (std::string& fault : find_runaway_scales(network_)) faults.push_back(std::move(fault));
    for (const std::string& fault : faults) {
      if (!told_.insert(fault.substr(0, fault.find(':'))).second) continue;
      say("warning: " + fault);
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
    check_weights(trainer);
    const TrainingState state = joint_->whole_state();
    if (!joint_->leads()) return;
    Checkpoint checkpoint = capture_training(network_, trainer, state);
    finish_and_save(checkpoint, directory_.checkpoint());
    write_run(directory_.record(), record_);
    saved_ = Clock::now();
  }

  void resume() {
    joint_->with_all([&](Trainer& trainer) {
      restore_training(trainer.network(), trainer, *checkpoint_, directory_.checkpoint());
    });
    take_record();
  }

  // What was measured before the interruption.
  void take_record() {
    const int threads_now = record_.machine.threads;
    record_ = checkpoint_->record;
    record_.machine.threads = threads_now;
    checkpoint_.reset();
  }

  const ExperimentConfig config_;
  const RunKind kind_;
  const RunDirectory directory_;
  Ranks* const ranks_;  // null: this process is alone
  RunRecord record_;
  std::unique_ptr<Task> task_;
  Network network_;
  std::optional<Checkpoint> checkpoint_;  // to resume from
  bool resuming_ = false;
  std::optional<Checkpoint> begun_;         // the quantized network whose scales and shifts are taken
  std::optional<JointTraining> joint_;      // of a training
  std::optional<BlockCalibration> blocks_;  // of a calibration that reconstructs
  std::set<std::string> told_;              // faults of quantizers, each of which is told once
  Clock::time_point saved_;
};

}  // namespace

RunOutcome run_training(const ExperimentConfig& config, const RunOptions& options) {
  if (config.reconstruct.what != Reconstruct::none)
    usage_error("train: found quant.reconstruct, which nibble calibrate does, expected none");
  if (config.quant.correct_biases)
    usage_error("train: found quant.correct_biases, which nibble calibrate does, expected false");
  return run_claimed(config, options, RunKind::training,
                     [&] { return Run(config, options, RunKind::training).train(); });
}

RunOutcome run_calibration(const ExperimentConfig& config, const RunOptions& options) {
  check(config.quant.method != QuantMethod::none,
        "calibrate: quant.method is none, so there is nothing to calibrate; choose learned_scale_shift, lsq, "
        "...");
  if (options.ranks) usage_error("calibrate: found ", options.ranks->count(), " processes, expected one");
  return run_claimed(config, options, RunKind::calibration,
                     [&] { return Run(config, options, RunKind::calibration).calibrate(); });
}

}  // namespace nibble
