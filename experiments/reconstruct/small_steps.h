#pragma once

#include <vector>

#include "autograd/optimizer.h"
#include "core/random.h"
#include "layers/network/network.h"

namespace nibble {

// What both stages of a reconstruction share.

/// Numbers of `batch` different rows of so many, drawn.
std::vector<long> draw_rows(long rows, long batch, Rng rng);

/// Adam without decay, with the rates of quantizers and of norms relative to that of a step.
OptimizerOptions adam(double quantizers, double norms);

/// What is learned of a network beside its weights and their grids: scales and shifts of activations, norms,
/// biases.
std::vector<NamedParameter> small_parameters(Network& network);

/// A cosine from 1 to 0.
double falling(long step, long steps);

}  // namespace nibble
