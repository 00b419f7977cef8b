#pragma once

#include <optional>
#include <vector>

#include "core/kernels/conv/conv2d_codes.h"
#include "core/kernels/recurrent/recurrent_cell.h"
#include "quant/grids/quantized.h"

namespace nibble {

/// What a recurrence works on; T steps of B sequences with H units of G gates, rows time-major.
struct RecurrentOperands {
  Var input;           // [T·B, G·H]: sums over the layer's input, bias included
  Var weight;          // [G·H, H], times the state of the step before
  Var candidate_bias;  // GRU: [H]; else empty
  std::optional<kernels::CodedWeight> coded_weight = {};  // of `weight`, where it lies on a grid
};

struct RecurrentOutput {
  Quantized y;                // [T·B, H]: h of every step, on the grid where there is one
  std::vector<Tensor> state;  // after the last step: h (not quantized) and, LSTM, c; [B, H] each
  Tensor cells;               // LSTM: c of every step, [T·B, H]
};

/// Runs the cell (core/kernels/recurrent/recurrent_cell.h) over the steps, from `state`, which no gradient
/// leaves: back-propagation is truncated at the ends of a batch.
///
/// With a grid, every h is fake-quantized (fake_quantize.h: the same values, codes and gradients) before it
/// is multiplied by the weight and before it leaves; the state `h` of the first step too. Where weight and h
/// are codes of at most 8 bits and the processor multiplies bytes, the products are of codes, with exact
/// sums. The gradients of the grid's scale and shift are summed in an order that does not depend on threads.
RecurrentOutput recurrent(kernels::RecurrentKind kind, const RecurrentOperands& operands,
                          const std::vector<Tensor>& state, const std::optional<LiveGrid>& grid,
                          const kernels::CellFormat& format);

}  // namespace nibble
