#pragma once

#include <ostream>
#include <vector>

#include "experiments/config/config.h"

namespace nibble {

/// What the processes of one training are connected by.
struct Link {
  double bandwidth = 1.25;  // GB/s each way, of one process; 1.25: Ethernet of 10 Gbit/s
  double latency = 20;      // µs of a message
};

/// A step of a whole batch on so many processes, in seconds.
struct ScaledStep {
  long ranks = 1;
  long samples = 0;      // of each
  double compute = 0;    // from two measured batches, as a line: fixed + samples · each
  double norms = 0;      // messages of their statistics and of the sums behind their gradients
  double gradients = 0;  // messages of the parameters' gradients, behind the backward pass
  double seconds() const { return compute + norms + gradients; }
};

struct ScalingEstimate {
  int threads = 0;                               // of each process
  long batch = 0, steps = 0, epochs = 0;         // steps of an epoch
  double fixed_seconds = 0, sample_seconds = 0;  // of a step, measured
  double gradient_bytes = 0;
  long norms = 0;
  std::vector<ScaledStep> rows;  // 1, 2, 4, ... processes
};

/// What `mpirun -n R` would take for R = 1, 2, 4 ... ranks, with the threads of run.threads each: steps of
/// batches of batch / ranks and of up to eight times as many samples are measured here, messages are counted.
/// epoch_samples: as if the training split had so many; 0: those it has. Throws UsageError where batch cannot
/// be cut into ranks parts.
ScalingEstimate estimate_scaling(const ExperimentConfig& config, long ranks, const Link& link,
                                 long epoch_samples);

void print_scaling(const ScalingEstimate& estimate, const Link& link, std::ostream& out, int columns);

}  // namespace nibble
