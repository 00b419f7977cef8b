#pragma once

#include <optional>

#include "autograd/var.h"
#include "core/random.h"
#include "quant/live_grid.h"

namespace nibble {

/// What runs along an edge of the network: values, and the grid they lie on where a quantizer put them on
/// one. Layers that only move values (max pooling, reshape, upsampling) hand the grid on; convolutions read
/// from it what their border is worth.
struct Signal {
  Var value;  // [N, ...]
  std::optional<LiveGrid> grid;
};

/// How a network is walked.
struct Pass {
  bool training = false;    // batch statistics, dropout
  bool initialize = false;  // quantizers that have no scale yet take it from the values that reach them
  Rng* rng = nullptr;       // for dropout; needed if training
};

}  // namespace nibble
