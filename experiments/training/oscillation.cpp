#include "experiments/training/oscillation.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/check.h"
#include "experiments/training/quantizer_monitor.h"

namespace nibble {
namespace {

constexpr int kMostBits = 4;              // finer grids oscillate by too little to matter
constexpr double kFirstThreshold = 0.1;   // of the frequency
constexpr double kThresholdFalls = 0.25;  // from this share of the training on

// From 0 to 1 while x goes from 0 to 1.
double cosine_rise(double x) { return (1 - std::cos(std::numbers::pi * std::clamp(x, 0.0, 1.0))) / 2; }

LiveGrid grid_of(const Quantizer& quantizer, const Var& weight) {
  const NoGradient numbers_only;
  const auto grid = plain_grid(quantizer, weight.shape());
  check(grid.has_value(),
        "train: damping, freezing and transition rates found a method whose weights are no plain grid, "
        "expected "
        "learned_scale_shift, lsq or lsq_plus");
  return *grid;
}

// A scale that moved would change codes, too.
void keep_scales(std::optional<Quantizer>& quantizer) {
  parameters(*quantizer, [](const std::string&, ParameterKind, Var& learned) { learned.stop_learning(); });
}

}  // namespace

OscillationTracker::OscillationTracker(Network& network, const TrainConfig& config, long batches)
    : config_(config), batches_(batches) {
  for (NetworkNode& node : network.nodes()) {
    const std::vector<Weights> found = weights(node.layer);
    for (std::size_t i = 0; i < found.size(); ++i) watch(weight_path(node, i), found[i]);
  }
  check(!watched_.empty(), "train: damping and freezing found no weight of at most ", kMostBits,
        " bits that learns, expected quant.weight_bits = ", kMostBits, " or fewer");
}

void OscillationTracker::watch(const std::string& path, const Weights& weights) {
  if (!*weights.quantizer || options(**weights.quantizer).bits > kMostBits ||
      !weights.weight.wants_gradient())
    return;
  for (const Watched& other : watched_)
    check(!other.weight.is(weights.weight), "train: damping and freezing found that '", path, "' is '",
          other.path, "', which has another grid; expected model.tied = false, or 8 bits for one of them");
  const Shape& shape = weights.weight.shape();
  CodeHistory nothing{Tensor(shape), Tensor(shape), Tensor(shape), Tensor(shape), Tensor(shape)};
  if (config_.transition_rate > 0) keep_scales(*weights.quantizer);
  watched_.push_back({path, weights.weight, &**weights.quantizer, std::move(nothing), {}});
  count_ += shape.count();
}

void OscillationTracker::begin() {
  for (Watched& one : watched_)
    one.history = begin_history(one.weight.value(), grid_of(*one.quantizer, one.weight));
}

void OscillationTracker::damp(long batch) const {
  const double strength = damping(batch);
  if (strength == 0) return;
  for (Watched one : watched_) {  // a handle
    const Tensor& before = one.weight.gradient();
    Tensor gradient = before.empty() ? Tensor(one.weight.shape()) : before.clone();
    add_damping(one.weight.value(), grid_of(*one.quantizer, one.weight), strength, gradient);
    one.weight.set_gradient(std::move(gradient));
  }
}

void OscillationTracker::set_learning_rates(Optimizer& optimizer) const {
  if (config_.transition_rate == 0) return;
  for (const Watched& one : watched_) optimizer.set_learning_rate(one.path, one.transitions.learning_rate());
}

double OscillationTracker::follow(long batch) {
  const FollowOptions how{config_.oscillation_momentum, threshold(batch)};
  long changed = 0;
  for (Watched& one : watched_) {
    const long of_weight =
        follow_codes(one.weight.mutable_value(), grid_of(*one.quantizer, one.weight), one.history, how);
    changed += of_weight;
    one.transitions.follow(static_cast<double>(of_weight) / static_cast<double>(one.weight.shape().count()),
                           transition_target(batch, options(*one.quantizer).bits), config_.learning_rate);
  }
  return static_cast<double>(changed) / static_cast<double>(count_);
}

double OscillationTracker::frozen_share() const {
  long frozen = 0;
  for (const Watched& one : watched_)
    frozen += std::count(one.history.frozen.begin(), one.history.frozen.end(), Real(1));
  return static_cast<double>(frozen) / static_cast<double>(count_);
}

double OscillationTracker::damping(long batch) const {
  return config_.damping * cosine_rise(static_cast<double>(batch) / static_cast<double>(batches_));
}

double OscillationTracker::threshold(long batch) const {
  if (config_.freeze_oscillating == 0) return 0;
  const double done = static_cast<double>(batch) / static_cast<double>(batches_);
  const double fallen = cosine_rise((done - kThresholdFalls) / (1 - kThresholdFalls));
  return kFirstThreshold + (config_.freeze_oscillating - kFirstThreshold) * fallen;
}

double OscillationTracker::transition_target(long batch, int bits) const {
  const double done = static_cast<double>(batch) / static_cast<double>(batches_);
  return config_.transition_rate * std::sqrt(bits) * (1 - cosine_rise(done));
}

void OscillationTracker::state(const StateFn& visit) {
  for (Watched& one : watched_) {
    visit(one.path + "/code", one.history.code);
    visit(one.path + "/direction", one.history.direction);
    visit(one.path + "/frequency", one.history.frequency);
    visit(one.path + "/mean", one.history.mean);
    visit(one.path + "/frozen", one.history.frozen);
    if (config_.transition_rate > 0) visit(one.path + "/transitions", one.transitions.state());
  }
}

}  // namespace nibble
