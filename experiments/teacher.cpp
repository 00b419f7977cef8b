#include "experiments/teacher.h"

#include "core/check.h"
#include "experiments/loaded_run.h"

namespace nibble {

Teacher::Teacher(const std::string& run, const Task& task) : network_(trained_network(run, task)) {}

Tensor Teacher::scores(const Tensor& x, long sequences, NetworkState& state) {
  const NoGradient evaluation;
  Pass pass;
  pass.sequences = sequences;
  return network_.forward(x, pass, {}, &state).value();
}

}  // namespace nibble
