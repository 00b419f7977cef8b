#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "autograd/var.h"
#include "core/kernels/conv/code_sums.h"
#include "core/kernels/conv/conv2d_codes.h"
#include "core/random.h"
#include "quant/grids/quantized.h"

namespace nibble {

/// What runs along an edge of the network: values, and the grid they lie on where a quantizer put them on
/// one. Layers that only move values (max pooling, reshape, upsampling) hand the grid on; convolutions read
/// from it what their border is worth.
struct Signal {
  Var value;  // [N, ...]
  std::optional<LiveGrid> grid;
  Array<std::uint8_t> codes =
      {};  // of the values on the grid, counted from its lowest; empty where nobody kept them

  // Of the values over the batch, where the layer that made them had them at hand.
  std::optional<kernels::ChannelMoments> moments = {};

  // What a learned grid rounded, if that was data: nobody needs its gradient but the grid.
  Tensor data = {};

  // What the values are made of when they are read: a convolution's sums of codes.
  std::optional<kernels::CodeSums> sums = {};

  Signal() = default;
  Signal(Var v, std::optional<LiveGrid> on = {}) : value(std::move(v)), grid(std::move(on)) {}
  Signal(const Quantized& q) : value(q.value), codes(q.codes) {
    if (!q.grid.scale.empty()) grid = q.grid;
  }
};

/// What a border beside this signal reads as: the value of one of its codes, so that the device can pad, or
/// empty for real zero: without a grid, and where the code is 0 of a grid without a shift, whatever its
/// scale.
inline Var border_value(const Signal& x, Border border) {
  if (!x.grid || (x.grid->shift.empty() && x.grid->border_code(border) == 0)) return {};
  return x.grid->border_value(border);
}

/// What recurrent layers carry from one batch to the next, by node name; empty at the start of a text. An
/// explicit input and output of the network, so that there is no hidden memory to keep in step.
using NetworkState = std::map<std::string, std::vector<Tensor>>;

/// How a network is walked.
struct Pass {
  bool training = false;  // batch statistics, dropout
  // Quantizers that have no scale yet take it from the values that reach them, normalized as training will do
  // it: by the batch's own statistics. (Running ones know nothing of weights that a quantizer rescales, as
  // DoReFa's does.)
  bool initialize = false;
  Rng* rng = nullptr;  // for dropout; needed if training
  // Products of the backward pass where both operands of a layer are codes.
  kernels::GradientPrecision gradients = kernels::GradientPrecision::float32;
  // Recurrent layers: rows of a batch are steps of so many sequences, time-major: row t · sequences + b.
  long sequences = 0;
  // Every node by itself and in real numbers: the slow twin of the walk.
  bool plain = false;
};

}  // namespace nibble
