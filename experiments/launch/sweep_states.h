#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "experiments/launch/sweep.h"

namespace nibble {

/// What a run's directory says of it.
enum class SweepState {
  absent,       // "not started"
  other,        // "another run": one of another config is there
  running,      // another process has its lock
  interrupted,  // a checkpoint is there
  failed,
  finished
};

struct SweepOutcome {
  SweepState state = SweepState::absent;
  std::string remark;
};

/// As it is now, before anything is done about it.
SweepOutcome look_at(const SweepRun& run);

/// The sentence in FAILED, or `otherwise`.
std::string why_failed(const SweepRun& run, const std::string& otherwise);

/// The table of runs, states and remarks. selected: places in sweep.runs; outcomes: of each of them.
void print_states(const Sweep& sweep, const std::vector<std::size_t>& selected,
                  const std::vector<SweepOutcome>& outcomes, std::ostream& out);

/// The same as the directories are now.
void print_states(const Sweep& sweep, const std::vector<std::size_t>& selected, std::ostream& out);

/// What the runs are: number, name, stage and parent where there are some, and the values of axes.
void print_list(const Sweep& sweep, const std::vector<std::size_t>& selected, std::ostream& out);

}  // namespace nibble
