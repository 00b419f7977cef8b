#pragma once

#include <string>

#include "experiments/tasks/task.h"

namespace nibble {

/// Task::evaluate, for figures that somebody will believe. Throws Error in the name of `who` where the loss
/// is not a finite number: an accuracy of such scores would look like one of a bad network. The error names
/// the first node whose output is not finite on so many rows of the training data.
Evaluation judge(const Task& task, Network& network, EvaluationSplit split, int rows, const std::string& who);

}  // namespace nibble
