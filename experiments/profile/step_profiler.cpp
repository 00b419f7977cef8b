#include "experiments/profile/step_profiler.h"

#include <algorithm>
#include <set>

#include "core/check.h"
#include "experiments/profile/median.h"

namespace nibble {

namespace {

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
    walk_.emplace([this](std::span<const std::size_t> nodes) { enter(nodes); },
                  [this](bool begins) { quantize(begins); });
    tape_.emplace([this](const char*, std::uint64_t number) { recorded(number); },
                  [this](const char*, std::uint64_t number) { walked(number); });
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

void StepProfiler::quantize(bool begins) {
  if (part_ != StepPart::forward) return;
  charge({part_, nodes_, quantizing_});
  quantizing_ = begins;
}

void StepProfiler::recorded(std::uint64_t number) {
  recorder_[number] = {part_, nodes_, quantizing_};
  charge({part_, nodes_, quantizing_});
}

void StepProfiler::walked(std::uint64_t number) {
  const auto found = recorder_.find(number);
  Place place = found == recorder_.end() ? Place{} : found->second;
  place.part = part_;
  charge(place);
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

StepProfile StepProfiler::profile(long batch) const {
  check(!steps_.empty(), "profile: found no step to take medians of");
  StepProfile profile;
  profile.batch = batch;
  profile.steps = static_cast<int>(steps_.size());
  profile.step_seconds = median(steps_);
  const Plan& plan = network_.last_plan();
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
    const StepCost cost = step_cost(network_, plan, nodes, batch);
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
