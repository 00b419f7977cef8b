#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <unordered_map>

#include "autograd/tape_listener.h"
#include "experiments/profile/step_profile.h"
#include "experiments/training/step_listener.h"
#include "layers/network/network.h"
#include "layers/network/walk_listener.h"

namespace nibble {

/// Cuts the time of training steps wherever something begins or ends: the trainer tells the parts of a step,
/// the network which nodes it enters, the tape which op it has recorded or walked. Every span of time goes to
/// the one who had the thread, so nothing is counted twice and nothing is lost. It only reads the clock:
/// results are the same bits with and without it.
class StepProfiler : public StepListener {
 public:
  explicit StepProfiler(const Network& network) : network_(network) {}

  /// StepPart::data begins a step; it is heard of on this thread until end().
  void begin(StepPart part) override;
  void end() override;

  /// Medians of the steps so far, of which there must be one. `batch`: rows of a step (of a text, words). The
  /// caller fills in what it knows of model, method, threads, unit and what the optimizer has to do.
  StepProfile profile(long batch, kernels::GradientPrecision gradients) const;

 private:
  using Clock = std::chrono::steady_clock;
  using Series = std::vector<double>;  // seconds, one a step

  // Who has the thread: nodes by their numbers, or a part of the step.
  struct Place {
    StepPart part = StepPart::data;
    std::vector<std::size_t> nodes = {};  // only in forward and backward
    bool quantizer = false;               // the nodes' weight quantizer
    auto operator<=>(const Place&) const = default;
  };
  void charge(const Place& place);
  void enter(std::span<const std::size_t> nodes);
  void recorded(const char* op, std::uint64_t number);
  void walked(const char* op, std::uint64_t number);
  double median_of(const Place& place) const;
  PassProfile measured(StepPart part, const std::vector<std::size_t>& nodes) const;

  const Network& network_;
  std::optional<TapeListener> tape_;
  std::optional<WalkListener> walk_;
  Clock::time_point step_start_, last_;
  StepPart part_ = StepPart::data;
  std::vector<std::size_t> nodes_;  // entered last
  std::unordered_map<std::uint64_t, std::vector<std::size_t>>
      recorder_;                 // of each number on this step's tape
  std::map<Place, double> now_;  // of this step
  std::map<Place, Series> series_;
  Series steps_;
};

}  // namespace nibble
