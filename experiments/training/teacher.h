#pragma once

#include <string>
#include <vector>

#include "experiments/tasks/task.h"
#include "layers/network/network.h"

namespace nibble {

/// A trained network whose outputs another one learns (train.teacher; Hinton et al. 2015, arXiv 1503.02531;
/// for 4-bit networks Mishra & Marr 2017, arXiv 1711.05852).
class Teacher {
 public:
  /// run: the directory of a run on the same classes or words; its averaged weights where it kept an average.
  /// Throws Error where it is none, and where words or classes differ.
  Teacher(const std::string& run, const Task& task);

  /// Its outputs for a batch, as it is evaluated: no dropout, running statistics. state: of its recurrent
  /// layers.
  std::vector<Tensor> outputs(const Tensor& x, long sequences, NetworkState& state);

 private:
  Network network_;
};

}  // namespace nibble
