#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/config/options.h"
#include "experiments/launch/condition.h"

namespace nibble {

/// Keys that move together, and the points that they take in turn: one key of a `grid` line, several of a
/// `zip` line, all those of the `random` lines of a stage.
struct SweepAxis {
  std::vector<std::string> keys;
  std::vector<std::vector<std::string>> points;  // [point][key], as texts
  Condition condition;                           // where it does not hold, the keys keep their values
  std::string origin;                            // where it stands
  bool random = false;
};

/// How the random lines of a stage are drawn.
struct RandomSearch {
  int budget = 0;  // points
  std::uint64_t seed = 1;
};

/// The axes that the settings sweep.grid, sweep.zip and sweep.random describe, in the order of their lines;
/// those of random lines are one axis, at the place of the first of them.
///   grid = KEY: VALUES [if CONDITION]
///   zip = KEY: VALUES | KEY: VALUES ... [if CONDITION]     as many values of each
///   random = KEY: VALUES or RANGE
/// A drawn value depends on the search's seed, its key and its number alone, so that a larger budget adds
/// points to those of a smaller one. A point that has been drawn before is drawn again. Throws UsageError
/// with file and line, also for a key that `options` does not know or that two axes have.
std::vector<SweepAxis> parse_axes(const std::vector<Setting>& settings, const RandomSearch& search,
                                  const Options& options);

/// Whether a text has the form of an axis: KEY: VALUES.
bool looks_like_axis(const std::string& text);

}  // namespace nibble
