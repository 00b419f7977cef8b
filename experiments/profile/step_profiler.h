#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <unordered_map>

#include "autograd/tape_listener.h"
#include "experiments/profile/step_profile.h"
#include "experiments/training/step_listener.h"
#include "layers/network/network.h"
#include "layers/walk_listener.h"

namespace nibble {

/// Cuts the time of training steps wherever something begins or ends: the trainer tells the parts of a step,
/// the network which nodes it enters and where the quantizer of a weight begins and ends, the tape which op
/// it has recorded or walked. An op belongs to the nodes that were entered when it was recorded, whatever it
/// is called. Every span of time goes to the one who had the thread, so nothing is counted twice and nothing
/// is lost. It only reads the clock: results are the same bits with and without it.
class StepProfiler : public StepListener {
 public:
  explicit StepProfiler(const Network& network) : network_(network) {}

  /// StepPart::data begins a step; it is heard of on this thread until end().
  void begin(StepPart part) override;
  void end() override;

  /// Medians of the steps so far, of which there must be one, and what the last of them had to do. `batch`:
  /// rows of a step (of a text, words). The caller fills in what it knows of model, method, threads, unit and
  /// what the optimizer has to do.
  StepProfile profile(long batch) const;

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
  void quantize(bool begins);
  void recorded(std::uint64_t number);
  void walked(std::uint64_t number);
  double median_of(const Place& place) const;
  PassProfile measured(StepPart part, const std::vector<std::size_t>& nodes) const;

  const Network& network_;
  std::optional<TapeListener> tape_;
  std::optional<WalkListener> walk_;
  Clock::time_point step_start_, last_;
  StepPart part_ = StepPart::data;
  std::vector<std::size_t> nodes_;                     // entered last
  bool quantizing_ = false;                            // their weight, at this moment
  std::unordered_map<std::uint64_t, Place> recorder_;  // of each number on this step's tape
  std::map<Place, double> now_;                        // of this step
  std::map<Place, Series> series_;
  Series steps_;
};

}  // namespace nibble
