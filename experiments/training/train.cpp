#include "experiments/training/train.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>

#include "autograd/ops/elementwise.h"
#include "core/buffer_pool.h"
#include "experiments/process/seconds_since.h"
#include "experiments/training/quantizer_monitor.h"

namespace nibble {
namespace {

std::vector<NamedParameter> trainable(Network& network) {
  std::vector<NamedParameter> parameters;
  network.parameters([&](const std::string& path, ParameterKind kind, Var& value) {
    if (kind != ParameterKind::statistic && value.wants_gradient()) parameters.push_back({path, kind, value});
  });
  return parameters;
}

// The average covers running statistics too: they belong to the averaged weights.
std::vector<NamedParameter> everything(Network& network) {
  std::vector<NamedParameter> parameters;
  network.parameters([&](const std::string& path, ParameterKind kind, Var& value) {
    parameters.push_back({path, kind, value});
  });
  return parameters;
}

void stop_dropping(Network& network) {
  for (NetworkNode& node : network.nodes())
    if (auto* const dropout = std::get_if<Dropout>(&node.layer)) dropout->options.rate = 0;
}

BatchShare share_of(const Part* part) {
  return part ? BatchShare{part->index(), part->count()} : BatchShare{};
}

// Whether batches can be cut into parts that are all alike.
void check_parts(const TrainConfig& config, long parts) {
  check(config.batch % parts == 0, "train.parts: found ", parts,
        ", expected a number that divides train.batch, ", config.batch);
  check(config.drop_last, "train.parts: found ", parts,
        " with train.drop_last = false, expected true: all parts of a ", "batch have equally many samples");
  check(config.accumulate == 1, "train.parts: found ", parts, " with train.accumulate = ", config.accumulate,
        ", expected one of the two to be 1");
}

// Gives each row of a state its place among those of all parts, and back.
Tensor joined(const Tensor& own, Part& part) {
  Shape shape = own.shape();
  shape[0] *= part.count();
  Tensor all(shape);
  std::vector<double> values(static_cast<std::size_t>(all.size()));
  for (long i = 0; i < own.size(); ++i)
    values[static_cast<std::size_t>(part.index() * own.size() + i)] = static_cast<double>(own[i]);
  part.reduce(values, [](std::span<double> lower, std::span<const double> higher, long) {
    // All but one are +0; a sum would make +0 of -0.
    for (std::size_t i = 0; i < lower.size(); ++i)
      if (std::bit_cast<std::uint64_t>(lower[i]) == 0) lower[i] = higher[i];
  });
  for (long i = 0; i < all.size(); ++i) all[i] = static_cast<Real>(values[static_cast<std::size_t>(i)]);
  return all;
}

NetworkState joined(const NetworkState& own, Part& part) {
  NetworkState all;
  for (const auto& [node, tensors] : own) {
    for (const Tensor& tensor : tensors) all[node].push_back(joined(tensor, part));
  }
  return all;
}

NetworkState rows_of(const NetworkState& all, const Part& part) {
  NetworkState own;
  for (const auto& [node, tensors] : all) {
    for (const Tensor& tensor : tensors) {
      const Range rows = share_of(&part).of(tensor.shape()[0], "state");
      own[node].push_back(tensor.rows(rows.begin, rows.end).clone());
    }
  }
  return own;
}

}  // namespace

Trainer::Trainer(Network& network, const Task& task, const TrainConfig& config, std::uint64_t seed,
                 Part* part)
    : network_(network),
      task_(task),
      config_(config),
      part_(part),
      gradients_(config.gradients),
      rng_(seed),
      batches_(task.training_batches(config, seed, share_of(part))),
      sequences_(task.sequences(config) / parts()),
      optimizer_(optimizer_options(config), trainable(network)),
      schedule_(schedule_options(config, batches_->batches_per_epoch())),
      plateau_(config.step_factor) {
  check(config.epochs == 0 || !trainable(network).empty(),
        "train: found no parameter that learns, expected model.freeze to leave some");
  if (part_) check_parts(config, parts());
  for (const int side : config.input_sizes) {
    try {
      network.shapes_at({side, side, network.input_shape().back()});
    } catch (const Error& error) {
      fail("train.input_sizes: found ", side, ", which the network cannot read: ", error.what());
    }
  }
  // What a processor cannot do it does in float32; `nibble train` says so at its start.
  if (!kernels::has_bfloat16_products()) gradients_ = kernels::Precision::float32;
  if (!config.dropout) stop_dropping(network);
  if (!config.teacher.empty()) teacher_.emplace(config.teacher, task);
  if (OscillationTracker::wanted(config))
    oscillation_.emplace(network, config, config.epochs * batches_->batches_per_epoch());
  if (config.weight_average > 0) average_.emplace(config.weight_average, everything(network));
  buffer_pool::trim();
}

// Labels and teacher have their shares; one of them alone is the loss itself.
Var Trainer::loss_of(const Batch& batch, const std::vector<Var>& outputs) {
  const auto labels = [&] { return task_.loss(outputs, batch, config_.label_smoothing); };
  if (!teacher_ || config_.teacher_share == 0) return labels();
  const Var teacher = task_.distillation(outputs, teacher_->outputs(batch.x, sequences_, state_.teacher));
  if (config_.teacher_share == 1) return teacher;
  const Real share = static_cast<Real>(config_.teacher_share);
  return add(scaled(labels(), 1 - share), scaled(teacher, share));
}

// How many batches the optimizer's step has that the next batch belongs to: fewer at the end of an epoch.
long Trainer::batches_of_step() const {
  const long first = state_.batch - state_.batch % config_.accumulate;
  return std::min<long>(config_.accumulate, batches_per_epoch() - first);
}

Trainer::StepResult Trainer::step(StepListener* listener) {
  const auto start = std::chrono::steady_clock::now();
  const auto begin = [&](StepPart part) {
    if (listener) listener->begin(part);
  };
  begin(StepPart::data);
  const Batch batch = batches_->next();
  Rng rng = rng_.stream("dropout").stream(static_cast<std::uint64_t>(state_.step));
  if (part_) rng = rng.stream("part").stream(static_cast<std::uint64_t>(part_->index()));
  Pass pass{.training = true};
  pass.parts = part_;
  pass.rng = &rng;
  pass.gradients = gradients_;
  pass.sequences = sequences_;
  if (state_.batch == 0) state_.carried.clear(), state_.teacher.clear();  // at the start of the text

  StepResult result;
  result.samples = batch.x.shape()[0];
  std::vector<double> counts;
  {
    begin(StepPart::forward);
    const std::vector<Var> outputs = network_.forward_outputs(batch.x, pass, {}, &state_.carried);
    begin(StepPart::loss);
    const Var loss = loss_of(batch, outputs);
    result.loss = static_cast<double>(loss.value()[0]);
    const bool finite = std::isfinite(result.loss);
    begin(StepPart::rest);
    counts = task_.count(outputs, batch);
    if (part_) add_up(result, counts);
    check(std::isfinite(result.loss), "train: the loss of step ", state_.step + 1, " is ", result.loss, "; ",
          finite ? "its fault is in another part of the batch"
                 : find_non_finite(network_, batch.x, sequences_));
    Tensor seed = Tensor::uninitialized(loss.shape());
    // So that gradients that are accumulated, or added up over parts, are a mean.
    seed.fill(Real(1) / static_cast<Real>(batches_of_step() * parts()));
    begin(StepPart::backward);
    if (part_) {
      backward(loss, seed, [this](Var& leaf) { offer_gradient(leaf); });
    } else {
      backward(loss, seed);
    }
  }
  if (part_) part_->finish();
  begin(StepPart::rest);
  result.metrics = task_.training_metrics(result.loss, counts, result.samples);
  result.learning_rate = config_.learning_rate * schedule_.factor(state_.step) * plateau_.factor();
  ++state_.step;
  ++state_.batch;
  if (!accumulating() || state_.batch == batches_per_epoch()) {
    begin(StepPart::optimizer);
    optimize(result);
  }

  if (listener) listener->end();
  result.seconds = seconds_since(start);
  add_to_epoch(result, counts);
  return result;
}

// Loss, counts and samples of the whole batch, from those of its parts.
void Trainer::add_up(StepResult& result, std::vector<double>& counts) {
  std::vector<double> sums{result.loss / static_cast<double>(parts())};
  sums.insert(sums.end(), counts.begin(), counts.end());
  part_->sum(sums);
  result.loss = sums.front();
  counts.assign(sums.begin() + 1, sums.end());
  result.samples *= parts();
}

// To be added up over the parts, while the backward pass goes on.
void Trainer::offer_gradient(Var& leaf) {
  Tensor gradient = leaf.gradient();
  if (gradient.empty()) return;
  // Another one may see the same buffer, such as the other operand of an addition.
  leaf.clear_gradient();
  if (!gradient.unique()) gradient = gradient.clone();
  part_->offer({gradient.data(), static_cast<std::size_t>(gradient.size())});
  leaf.set_gradient(std::move(gradient));
}

// A step of the optimizer, with what belongs to it. The penalty of damping is in the gradient, not in the
// loss.
void Trainer::optimize(StepResult& result) {
  if (oscillation_) {
    if (optimizer_.steps() == 0) oscillation_->begin();
    oscillation_->damp(state_.step);
    oscillation_->set_learning_rates(optimizer_);
  }
  result.gradient_norm = optimizer_.step(result.learning_rate);
  check(std::isfinite(result.gradient_norm), "train: the gradient of step ", state_.step, " is ",
        result.gradient_norm, " long, expected a finite one; its loss is ", result.loss,
        " and its learning rate ", result.learning_rate, find_non_finite_gradient(network_));
  optimizer_.clear_gradients();
  if (oscillation_) {
    state_.sums.changed_codes += oscillation_->follow(state_.step);
    ++state_.sums.followed_steps;
  }
  if (average_) average_->update();
}

// Ends the epoch after its last batch.
void Trainer::add_to_epoch(StepResult& result, const std::vector<double>& counts) {
  EpochSums& sums = state_.sums;
  sums.loss += result.loss * static_cast<double>(result.samples);
  sums.counts.resize(counts.size());
  for (std::size_t i = 0; i < counts.size(); ++i) sums.counts[i] += counts[i];
  sums.samples += result.samples;
  sums.seconds += result.seconds;
  if (state_.batch < batches_per_epoch()) return;
  result.epoch_done = true;
  last_epoch_ = sums;
  sums = {};
  state_.batch = 0;
  ++state_.epoch;
}

std::vector<double> Trainer::last_metrics() const {
  return task_.training_metrics(last_epoch_.loss / static_cast<double>(last_epoch_.samples),
                                last_epoch_.counts, last_epoch_.samples);
}

TrainingState Trainer::whole_state() {
  TrainingState whole = state_;
  if (!part_) return whole;
  whole.carried = joined(state_.carried, *part_);
  whole.teacher = joined(state_.teacher, *part_);
  return whole;
}

void Trainer::seek(const TrainingState& state) {
  check(0 <= state.epoch && state.epoch <= config_.epochs && state.step >= 0 && state.sums.samples >= 0,
        "train: found epoch ", state.epoch, ", step ", state.step, " and ", state.sums.samples,
        " samples, expected numbers from 0 and at most ", config_.epochs, " epochs");
  state_ = state;
  if (part_) {
    state_.carried = rows_of(state.carried, *part_);
    state_.teacher = rows_of(state.teacher, *part_);
  }
  batches_->seek({state.epoch, state.batch});
  plateau_.restore(state.plateau_factor, state.plateau_best);
}

void Trainer::report(double loss) {
  if (config_.schedule != ScheduleKind::plateau) return;
  plateau_.report(loss);
  state_.plateau_factor = plateau_.factor();
  state_.plateau_best = plateau_.best();
}

}  // namespace nibble
