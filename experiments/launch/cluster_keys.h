#pragma once

#include <string>
#include <vector>

#include "experiments/config/options.h"

namespace nibble {

/// [cluster] of a sweep file: what a job of Slurm asks for. Empty and 0: not asked for, so that the cluster
/// decides.
struct ClusterConfig {
  std::string partition, time, memory, account, constraint;
  int cpus = 0;
  std::string modules;               // names with blanks between
  std::vector<std::string> options;  // of sbatch, as they stand
  std::vector<std::string> lines;    // of shell, in front of the first run
  int grace_seconds = 120;           // between the warning and the end of the time limit
  int requeues = 10;                 // of one task, at most
  int parallel = 0;                  // tasks of an array at the same time
};

void describe(Options& options, ClusterConfig& cluster);

/// The keys of [cluster], explained in lines of at most so many columns.
std::string explain_cluster(int columns);

}  // namespace nibble
