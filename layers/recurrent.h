#pragma once

#include <optional>
#include <span>

#include "core/kernels/recurrent/recurrent_cell.h"
#include "core/random.h"
#include "layers/signal.h"
#include "layers/weights.h"
#include "quant/quantizer.h"

namespace nibble {

using kernels::RecurrentKind;

const char* name(RecurrentKind kind);

struct RecurrentOptions {
  RecurrentKind kind = RecurrentKind::lstm;
  int hidden = 0;
  double first_weights = 0.1;  // drawn evenly from ± this; biases start at 0
};

/// An LSTM or GRU over the steps of a batch (equations: core/kernels/recurrent/recurrent_cell.h):
///   x of the cell = input_weight · input + bias
///   r of the cell = recurrent_weight · ĥ (+ candidate_bias)
/// The rows of gates stand gate after gate, LSTM i f g o, GRU r z n, as in cuDNN and PyTorch.
///
/// Quantized, weights have one scale a row, ĥ is h behind `hidden_quantizer`, and the output is ĥ with its
/// codes; what is carried to the next step and batch is h itself (16 bits on the device) and an LSTM's c.
struct Recurrent {
  using Options = RecurrentOptions;
  RecurrentOptions options;
  Var input_weight;      // [G·hidden, features]
  Var recurrent_weight;  // [G·hidden, hidden]
  Var bias;              // [G·hidden]
  Var candidate_bias;    // GRU: [hidden], inside the product with the reset gate; else empty
  std::optional<Quantizer> input_quantizer, recurrent_quantizer;  // of the weights
  std::optional<Quantizer> hidden_quantizer;                      // of h
  // Fixed-point cell: fraction bits of c in 16 bits, or -1 for real arithmetic; a statistic, so that it is
  // saved. (A GRU has no c; there any number from 0 means fixed.)
  Var cell_fraction_bits;  // [1]

  /// inputs: [features].
  Recurrent(const RecurrentOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;  // [hidden]
  /// `state`: of this layer, an explicit input and output: empty for zero, else h and (LSTM) c, [sequences,
  /// hidden] each.
  Signal forward(std::span<const Signal> inputs, const Pass&, std::vector<Tensor>& state);
  void parameters(const ParameterFn& visit);
  const char* kind() const { return name(options.kind); }
  std::vector<Weights> weights() {
    return {{input_weight, &input_quantizer}, {recurrent_weight, &recurrent_quantizer}};
  }

  kernels::CellFormat format() const;
};

}  // namespace nibble
