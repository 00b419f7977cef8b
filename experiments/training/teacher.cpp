#include "experiments/training/teacher.h"

#include "core/check.h"
#include "experiments/training/loaded_run.h"

namespace nibble {
namespace {

Network loaded(const std::string& run, const Task& task) {
  try {
    return trained_network(run, task);
  } catch (const Error& error) {
    fail("train.teacher: ", error.what());
  }
}

}  // namespace

Teacher::Teacher(const std::string& run, const Task& task) : network_(loaded(run, task)) {}

std::vector<Tensor> Teacher::outputs(const Tensor& x, long sequences, NetworkState& state) {
  const NoGradient evaluation;
  Pass pass;
  pass.sequences = sequences;
  std::vector<Tensor> outputs;
  for (const Var& output : network_.forward_outputs(x, pass, {}, &state)) outputs.push_back(output.value());
  return outputs;
}

}  // namespace nibble
