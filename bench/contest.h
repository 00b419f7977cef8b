#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/bench_nets.h"
#include "bench/summary_csv.h"

namespace nibble::bench {

/// A program that takes training steps in its own process: train_step in one of its modes, or the peer in a
/// variant.
struct Contestant {
  std::string name;  // "nibble float", "float-tuned"
  std::vector<std::string> command;
  bool is_peer = false;
};

/// The programs and the settings of a contest.
struct ContestOptions {
  std::string train_step;  // this project's program
  std::string peer;        // the peer's script; empty: no peer
  int threads = 2, steps = 10, rounds = 5;
  std::vector<std::string> modes = bench_modes();
};

/// train_step in each mode with the variants of the peer, in the order in which a round starts them:
///   float   float-tuned    --quant none --channels-last --malloc tuned: the strongest float step of the peer
///           float-bf16     the same under autocast to bfloat16
///           float-default  as a user gets it
///   w4a4    4bit-tuned     --quant function --channels-last --malloc tuned: its strongest 4-bit step
///           4bit-bf16      the same under autocast
std::vector<Contestant> contestants(const BenchNet& net, const ContestOptions& options);

/// The result of one start of a contestant.
struct Attempt {
  std::string contestant;
  int round = 0;
  std::string line;     // the last one of its output: JSON
  std::string failure;  // the reason if there is none; then the figures are 0
  double per_s = 0;     // images, or tokens of a text
  double peak_mib = 0;
};

/// Starts a contestant and waits for it.
Attempt attempt(const Contestant& contestant, int round);

/// Runs rounds in which every contestant takes its turn once, so that other programs on the machine disturb
/// all alike. A contestant that fails is left out of later rounds. `tell` is called after each attempt. Ends
/// between two attempts after a signal.
std::vector<Attempt> hold_contest(const BenchNet& net, const ContestOptions& options,
                                  const std::function<void(const Attempt&)>& tell);

/// Medians over the rounds: each mode of train_step with each variant of the peer of the same kind (w4a4 also
/// with the float variants), or alone if there is no peer. Memory is the largest value of all rounds.
std::vector<SummaryRow> summarize(const BenchNet& net, const ContestOptions& options,
                                  const std::vector<Attempt>& attempts, const std::string& revision);

}  // namespace nibble::bench
