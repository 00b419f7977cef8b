#include "experiments/training/transition_rate.h"

#include <algorithm>

namespace nibble {

void TransitionRate::follow(double share, double target, double gain) {
  constexpr double kMemory = 0.99;  // of the average
  const double average = kMemory * static_cast<double>(state_[1]) + (1 - kMemory) * share;
  state_[0] = static_cast<Real>(std::max(0.0, learning_rate() + gain * (target - average)));
  state_[1] = static_cast<Real>(average);
}

}  // namespace nibble
