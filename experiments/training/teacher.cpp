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

Tensor Teacher::scores(const Tensor& x, long sequences, NetworkState& state) {
  const NoGradient evaluation;
  Pass pass;
  pass.sequences = sequences;
  return network_.forward(x, pass, {}, &state).value();
}

}  // namespace nibble
