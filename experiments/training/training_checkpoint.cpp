#include "experiments/training/training_checkpoint.h"

namespace nibble {
namespace {

// Copies tensors out, and back in by name.
StateFn copy_to(std::map<std::string, Tensor>& target) {
  return [&target](const std::string& path, Tensor& value) { target[path] = value.clone(); };
}

StateFn take_from(const std::map<std::string, Tensor>& values, const std::string& source, const char* what) {
  return [&values, source, what](const std::string& path, Tensor& value) {
    const auto found = values.find(path);
    check(found != values.end() && found->second.shape() == value.shape(), source, ": found no ", what, " '",
          path, "' of shape ", value.shape(), ", expected one for each parameter");
    value = found->second.clone();
  };
}

template <typename Value>
Value entry(const std::map<std::string, Value>& values, const std::string& key, const std::string& source) {
  const auto found = values.find(key);
  check(found != values.end(), source, ": found no '", key, "', expected it in a checkpoint of a training");
  return found->second;
}

constexpr double kMostSteps = 1e15;  // of a count that is stored as a real number: all up to it are exact

// In front of the nodes of a teacher; no node's name begins so.
const std::string kTeacher = "teacher:/";

void add_state(const NetworkState& state, const std::string& prefix, std::map<std::string, Tensor>& into) {
  for (const auto& [node, tensors] : state) {
    for (std::size_t i = 0; i < tensors.size(); ++i)
      into[prefix + node + "/" + std::to_string(i)] = tensors[i].clone();
  }
}

std::string count_key(std::size_t metric) { return "epoch_count_" + std::to_string(metric); }

// Checkpoints of before there were lists of metrics have the correct answers alone.
std::vector<double> epoch_counts(const Checkpoint& checkpoint) {
  const auto old = checkpoint.counters.find("epoch_correct");
  if (old != checkpoint.counters.end()) return {static_cast<double>(old->second)};
  std::vector<double> counts;
  for (auto found = checkpoint.scalars.find(count_key(0)); found != checkpoint.scalars.end();
       found = checkpoint.scalars.find(count_key(counts.size())))
    counts.push_back(found->second);
  return counts;
}

}  // namespace

Checkpoint capture_training(Network& network, Trainer& trainer) {
  return capture_training(network, trainer, trainer.state());
}

Checkpoint capture_training(Network& network, Trainer& trainer, const TrainingState& state) {
  Checkpoint checkpoint;
  checkpoint.parameters = capture(network);
  trainer.optimizer().state(copy_to(checkpoint.optimizer));
  if (trainer.average()) trainer.average()->state(copy_to(checkpoint.average));
  if (trainer.oscillation()) trainer.oscillation()->state(copy_to(checkpoint.oscillation));
  const auto counter = [&](const char* key, long value) {
    checkpoint.counters[key] = static_cast<std::uint64_t>(value);
  };
  counter("epoch", state.epoch);
  counter("batch", state.batch);
  counter("step", state.step);
  counter("optimizer_steps", trainer.optimizer().steps());
  counter("epoch_samples", state.sums.samples);
  checkpoint.scalars = {{"epoch_loss", state.sums.loss},
                        {"epoch_seconds", state.sums.seconds},
                        {"epoch_changed_codes", state.sums.changed_codes},
                        {"epoch_followed_steps", static_cast<double>(state.sums.followed_steps)},
                        {"plateau_factor", state.plateau_factor},
                        {"plateau_best", state.plateau_best}};
  for (std::size_t i = 0; i < state.sums.counts.size(); ++i)
    checkpoint.scalars[count_key(i)] = state.sums.counts[i];
  if (trainer.accumulating()) {
    network.parameters([&](const std::string& path, ParameterKind, Var& value) {
      if (!value.gradient().empty()) checkpoint.gradients[path] = value.gradient().clone();
    });
  }
  add_state(state.carried, "", checkpoint.state);
  add_state(state.teacher, kTeacher, checkpoint.state);
  return checkpoint;
}

void restore_training(Network& network, Trainer& trainer, const Checkpoint& checkpoint,
                      const std::string& source) {
  const auto counter = [&](const char* key) {
    return static_cast<long>(entry(checkpoint.counters, key, source));
  };
  restore(network, checkpoint.parameters, source);
  trainer.optimizer().state(take_from(checkpoint.optimizer, source, "optimizer state"));
  if (trainer.average()) trainer.average()->state(take_from(checkpoint.average, source, "average"));
  if (trainer.oscillation())
    trainer.oscillation()->state(take_from(checkpoint.oscillation, source, "past of codes"));
  trainer.optimizer().set_steps(counter("optimizer_steps"));
  network.parameters([&](const std::string& path, ParameterKind, Var& value) {
    const auto found = checkpoint.gradients.find(path);
    if (found == checkpoint.gradients.end()) return;
    check(found->second.shape() == value.shape(), source, ": found a gradient of shape ",
          found->second.shape(), " for '", path, "', expected ", value.shape());
    value.set_gradient(found->second.clone());
  });
  NetworkState carried, teacher;
  for (const auto& [path, tensor] : checkpoint.state) {  // by node, then in order: at most two of each
    const std::string node = path.substr(0, path.rfind('/'));
    if (node.rfind(kTeacher, 0) == 0) {
      teacher[node.substr(kTeacher.size())].push_back(tensor.clone());
    } else {
      carried[node].push_back(tensor.clone());
    }
  }
  // Checkpoints of old programs do not have all numbers.
  const auto newer = [&](const char* key, double fresh) {
    const auto found = checkpoint.scalars.find(key);
    return found == checkpoint.scalars.end() ? fresh : found->second;
  };
  const double followed = newer("epoch_followed_steps", 0);
  check(followed >= 0 && followed <= kMostSteps, source, ": found ", followed,
        " steps whose codes were followed, expected a count from 0");
  const TrainingState fresh;
  trainer.seek({.epoch = counter("epoch"),
                .batch = counter("batch"),
                .step = counter("step"),
                .sums = {.loss = entry(checkpoint.scalars, "epoch_loss", source),
                         .counts = epoch_counts(checkpoint),
                         .samples = counter("epoch_samples"),
                         .seconds = entry(checkpoint.scalars, "epoch_seconds", source),
                         .changed_codes = newer("epoch_changed_codes", 0),
                         .followed_steps = static_cast<long>(followed)},
                .carried = std::move(carried),
                .teacher = std::move(teacher),
                .plateau_factor = newer("plateau_factor", fresh.plateau_factor),
                .plateau_best = newer("plateau_best", fresh.plateau_best)});
}

}  // namespace nibble
