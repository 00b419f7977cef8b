#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "autograd/var.h"
#include "core/kernels/conv/code_sums.h"
#include "core/kernels/conv/conv2d_codes.h"
#include "core/random.h"
#include "layers/node_plan.h"
#include "quant/grids/quantized.h"

namespace nibble {

/// Codes of the values, counted from the grid's lowest. The signal has a grid.
struct Codes {
  Array<std::uint8_t> codes;  // [N, ...]
  // Of a learned grid on data: the real numbers that it rounded. Then nobody but the grid needs a gradient.
  Tensor data = {};
};

/// What a convolution of codes leaves: its exact sums, which the values are made of when they are read, and
/// in training the values' moments over the batch.
struct Sums {
  kernels::CodeSums sums;
  std::optional<kernels::ChannelMoments> moments = {};
};

/// What a signal carries beside its values: nothing, codes, sums, or the values' moments over the batch where
/// a convolution of real numbers counted them.
using Carried = std::variant<std::monostate, Codes, Sums, kernels::ChannelMoments>;

/// What runs along an edge of the network: values, the grid they lie on where a quantizer put them on one,
/// and what is carried along. Layers that only move values (max pooling, reshape, upsampling) hand the grid
/// on; convolutions read from it what their border is worth.
struct Signal {
  Var value;  // [N, ...]
  std::optional<LiveGrid> grid;
  Carried carried = {};

  Signal() = default;
  Signal(Var v, std::optional<LiveGrid> on = {}) : value(std::move(v)), grid(std::move(on)) {}
  Signal(const Quantized& q) : value(q.value) {
    if (!q.grid.scale.empty()) grid = q.grid;
    if (!q.codes.empty()) carried = Codes{q.codes};
  }

  // Each is null where the signal does not carry it.
  const Codes* codes() const { return std::get_if<Codes>(&carried); }
  const kernels::CodeSums* sums() const {
    const Sums* const found = std::get_if<Sums>(&carried);
    return found ? &found->sums : nullptr;
  }
  const kernels::ChannelMoments* moments() const {
    if (const auto* found = std::get_if<Sums>(&carried)) return found->moments ? &*found->moments : nullptr;
    return std::get_if<kernels::ChannelMoments>(&carried);
  }
  /// The form in which the signal travels.
  Form form() const {
    if (codes()) return Form::codes;
    if (sums()) return Form::sums;
    return value.in_pieces() ? Form::pieces : Form::reals;
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
  // Initializes with the running statistics instead: of a network that is not trained any more.
  bool settled = false;
  Rng* rng = nullptr;  // for dropout and float_share; needed if training
  // The share of its values that an activation quantizer leaves as they are, drawn value by value (QDrop, Wei
  // et al. 2022, arXiv 2203.05740). Only in a plain pass.
  Real float_share = 0;
  // Products of the backward pass where both operands of a layer are codes.
  kernels::Precision gradients = kernels::Precision::float32;
  // Products of convolutions whose operands are real numbers, forward and backward.
  kernels::Precision reals = kernels::Precision::float32;
  // Recurrent layers: rows of a batch are steps of so many sequences, time-major: row t · sequences + b.
  long sequences = 0;
  // Where the batch is cut into parts and this is one of them: norms take the statistics of all. Null: it is
  // whole.
  BatchParts* parts = nullptr;
  // Every node by itself and in real numbers: the slow twin of the walk.
  bool plain = false;
  // How the node at hand is to be computed; the walk sets it. A layer that has to deviate, because its values
  // are not numbers, writes down what it did. Null: by itself, in real numbers.
  NodePlan* node = nullptr;

  /// Whether the node at hand is to be computed by this family of kernels.
  bool plans(Kernel kernel) const { return node != nullptr && node->kernel == kernel; }
};

}  // namespace nibble
