#include "experiments/profile/step_profiler.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "core/check.h"
#include "experiments/profile/median.h"

namespace nibble {

namespace {

// The ops that a weight's quantizer puts on the tape.
bool quantizes(std::string_view op) {
  return op == "fake_quantize" || op == "dorefa_weight" || op == "positive" || op == "scale_gradient";
}

// One sum a channel has little in common with one over all of them.
bool is_depthwise(const Layer& layer) {
  const auto* conv = std::get_if<Conv2d>(&layer);
  return conv != nullptr && conv->options.groups > 1;
}

std::string layers_of(const Network& network, const std::vector<std::size_t>& nodes) {
  std::string text;
  for (const std::size_t i : nodes) {
    const Layer& layer = network.nodes()[i].layer;
    text += str(text.empty() ? "" : "+", is_depthwise(layer) ? "depthwise_" : "", kind(layer));
  }
  return text;
}

ProfileKind kind_of(const Network& network, const std::vector<std::size_t>& nodes) {
  const Layer& first = network.nodes()[nodes.front()].layer;
  if (is_depthwise(first)) return ProfileKind::depthwise_convolution;
  if (std::holds_alternative<Conv2d>(first)) return ProfileKind::convolution;
  if (std::holds_alternative<Linear>(first)) return ProfileKind::linear;
  if (std::holds_alternative<Recurrent>(first)) return ProfileKind::recurrent;
  if (std::holds_alternative<Embedding>(first)) return ProfileKind::embedding;
  if (std::holds_alternative<ActivationQuantizer>(first)) return ProfileKind::quantizers;
  const bool quantizing = std::any_of(nodes.begin(), nodes.end(), [&](std::size_t i) {
    return std::holds_alternative<ActivationQuantizer>(network.nodes()[i].layer);
  });
  if (quantizing) return ProfileKind::quantizing_chain;
  const bool pointwise = std::holds_alternative<BatchNorm>(first) ||
                         std::holds_alternative<Activation>(first) || std::holds_alternative<Add>(first);
  return pointwise ? ProfileKind::chain : ProfileKind::other_layers;
}

}  // namespace

void StepProfiler::charge(const Place& place) {
  const Clock::time_point now = Clock::now();
  now_[place] += std::chrono::duration<double>(now - last_).count();
  last_ = now;
}

void StepProfiler::begin(StepPart part) {
  if (part == StepPart::data) {
    walk_.emplace([this](std::span<const std::size_t> nodes) { enter(nodes); });
    tape_.emplace([this](const char* op, std::uint64_t number) { recorded(op, number); },
                  [this](const char* op, std::uint64_t number) { walked(op, number); });
    now_.clear();
    recorder_.clear();
    step_start_ = last_ = Clock::now();
  } else {
    charge({part_, nodes_});
  }
  part_ = part;
  nodes_.clear();
}

void StepProfiler::enter(std::span<const std::size_t> nodes) {
  if (part_ != StepPart::forward) return;  // a teacher's: it counts as loss
  charge({part_, nodes_});
  nodes_.assign(nodes.begin(), nodes.end());
}

void StepProfiler::recorded(const char* op, std::uint64_t number) {
  recorder_[number] = nodes_;
  const bool weight = !nodes_.empty() && has_weights(network_.nodes()[nodes_.front()].layer);
  charge({part_, nodes_, weight && quantizes(op)});
}

void StepProfiler::walked(const char* op, std::uint64_t number) {
  const auto found = recorder_.find(number);
  const std::vector<std::size_t> nodes =
      found == recorder_.end() ? std::vector<std::size_t>{} : found->second;
  const bool weight = !nodes.empty() && has_weights(network_.nodes()[nodes.front()].layer);
  charge({part_, nodes, weight && quantizes(op)});
}

void StepProfiler::end() {
  charge({part_, nodes_});
  tape_.reset();
  walk_.reset();
  for (const auto& [place, seconds] : now_) series_[place].push_back(seconds);
  steps_.push_back(std::chrono::duration<double>(last_ - step_start_).count());
}

double StepProfiler::median_of(const Place& place) const {
  const auto found = series_.find(place);
  return found == series_.end() ? 0 : median(found->second);
}

PassProfile StepProfiler::measured(StepPart part, const std::vector<std::size_t>& nodes) const {
  PassProfile pass;
  pass.quantizer_seconds = median_of({part, nodes, true});
  pass.seconds = pass.quantizer_seconds + median_of({part, nodes, false});
  return pass;
}

StepProfile StepProfiler::profile(long batch, kernels::GradientPrecision gradients) const {
  check(!steps_.empty(), "profile: found no step to take medians of");
  StepProfile profile;
  profile.batch = batch;
  profile.steps = static_cast<int>(steps_.size());
  profile.step_seconds = median(steps_);
  std::set<std::vector<std::size_t>> entered;  // ordered as the network is
  for (const auto& [place, series] : series_)
    if (!place.nodes.empty()) entered.insert(place.nodes);
  for (const std::vector<std::size_t>& nodes : entered) {
    const NetworkNode& first = network_.nodes()[nodes.front()];
    if (std::holds_alternative<InputLayer>(first.layer)) {
      profile.rest.seconds += measured(StepPart::forward, nodes).seconds;
      continue;
    }
    ProfileRow row{first.name, layers_of(network_, nodes), kind_of(network_, nodes), {}, {}};
    const StepCost cost = step_cost(network_, nodes, batch, gradients);
    row.forward = measured(StepPart::forward, nodes);
    row.backward = measured(StepPart::backward, nodes);
    row.forward.cost = cost.forward;
    row.backward.cost = cost.backward;
    profile.rows.push_back(std::move(row));
  }
  profile.data_wait = measured(StepPart::data, {});
  profile.loss_forward = measured(StepPart::loss, {});
  profile.loss_backward = measured(StepPart::backward, {});
  profile.optimizer = measured(StepPart::optimizer, {});
  profile.rest.seconds += measured(StepPart::rest, {}).seconds + measured(StepPart::forward, {}).seconds;
  return profile;
}

}  // namespace nibble
