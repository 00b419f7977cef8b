#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/bench_nets.h"
#include "bench/summary_csv.h"

namespace nibble::bench {

/// One who takes training steps in a process of its own: our train_step in a mode, or the peer in a variant.
struct Contestant {
  std::string name;  // "nibble float", "float-tuned"
  std::vector<std::string> command;
  bool is_peer = false;
};

/// What a contest needs from outside.
struct ContestOptions {
  std::string train_step;  // our program
  std::string peer;        // the peer's script; empty: no peer
  int threads = 2, steps = 10, rounds = 5;
  std::vector<std::string> modes = bench_modes();
};

/// Ours in each mode with the peer's variants beside it, in the order in which a round starts them:
///   float   float-tuned    --quant none --channels-last --malloc tuned: the strongest float step of the peer
///           float-bf16     the same under autocast to bfloat16
///           float-default  as a user gets it
///   w4a4    4bit-tuned     --quant function --channels-last --malloc tuned: its strongest 4-bit step
///           4bit-bf16      the same under autocast
std::vector<Contestant> contestants(const BenchNet& net, const ContestOptions& options);

/// What one start of a contestant said.
struct Attempt {
  std::string contestant;
  int round = 0;
  std::string line;     // the last one of its output: JSON
  std::string failure;  // why there is none; then the figures are 0
  double per_s = 0;     // images, or tokens of a text
  double peak_mib = 0;
};

/// Starts a contestant and waits for it.
Attempt attempt(const Contestant& contestant, int round);

/// Rounds in which every contestant steps once, so that all meet the same neighbours on the machine. One that
/// fails is left out of later rounds. `tell` hears of each attempt. Ends early, between two attempts, after a
/// signal.
std::vector<Attempt> hold_contest(const BenchNet& net, const ContestOptions& options,
                                  const std::function<void(const Attempt&)>& tell);

/// Medians over the rounds: each of our modes beside each variant of the peer of its kind (w4a4 beside the
/// float ones too), or by itself where there is no peer. Memory is the largest seen.
std::vector<SummaryRow> summarize(const BenchNet& net, const ContestOptions& options,
                                  const std::vector<Attempt>& attempts, const std::string& revision);

}  // namespace nibble::bench
