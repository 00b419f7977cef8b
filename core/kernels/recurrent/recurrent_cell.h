#pragma once

#include "core/array.h"
#include "core/parallel.h"

namespace nibble::kernels {

// The element-wise part of recurrent layers, one time step at a time. A layer has H units with G gates each.
// x is the sum over the inputs and r the sum over the state of the step before, biases included:
//
//   LSTM (G = 4: i f g o)    i, f, o = σ(x + r)   g = tanh(x + r)   c' = f c + i g   h' = o tanh(c')
//   GRU  (G = 3: r z n)      r, z = σ(x + r)      n = tanh(x + r ∘ (the r of n))     h' = (1 − z) n + z h
//                                                              (Cho et al. 2014, in the form of cuDNN)

enum class RecurrentKind { lstm, gru };

constexpr long gates_of(RecurrentKind kind) { return kind == RecurrentKind::lstm ? 4 : 3; }

/// How gates and state are computed.
///   real    floating point
///   fixed   in integers, as the device does (in C: edge/kernels/portable/nbl_lstm_cell.h, nbl_gru_cell.h).
///           Sums of gates are rounded to Q3.12 and limited to 16 bits; σ and tanh by table, Q0.15. LSTM:
///             c' = clamp16(⌊f c / 2¹⁵ + ½⌋ + ⌊i g / 2^(30−n) + ½⌋)       c in 16 bits, n fraction bits
///             h' = ⌊o tanh(c') / 2¹⁵ + ½⌋                                 Q0.15
///           The argument of tanh(c') is c' in Q3.12, limited to 16 bits (and rounded if n > 12). GRU:
///             n  = tanh(clamp16(x + ⌊r · clamp16(r of n) / 2¹⁵ + ½⌋))     both sums in Q3.12
///             h' = ⌊((2¹⁵ − z) n + z h) / 2¹⁵ + ½⌋                        Q0.15
struct CellFormat {
  bool fixed = false;
  int cell_fraction_bits = 11;  // n: 0 ... 15, of an LSTM's c
};

/// One step for all rows and some of the units. Pointers point to the first row of the step.
struct CellStep {
  long rows = 0, hidden = 0;
  Range units;
  const Real* input = nullptr;      // [rows, G·hidden]: x
  const Real* recurrent = nullptr;  // [rows, G·units.size()]: r, of these units
  const Real* h_before = nullptr;   // [rows, hidden]
  const Real* c_before = nullptr;   // [rows, hidden], LSTM
  Real* gates = nullptr;            // [rows, G·hidden]: values of the gates
  Real* inner = nullptr;            // [rows, hidden]   LSTM: tanh(c')   GRU: r of n
  Real* h = nullptr;                // [rows, hidden]
  Real* c = nullptr;                // [rows, hidden], LSTM
};
void cell_forward(RecurrentKind kind, const CellFormat& format, const CellStep& step);

/// The derivative of a step, from the values that it left in gates, inner and c. Rounding counts as the
/// identity. The gradient of a cell that was limited to 16 bits is zero. (The limit of a gate's sum is
/// ignored: there the slope is below 4e-4.)
struct CellStepGradient {
  long rows = 0, hidden = 0;
  Range units;
  const Real *gates = nullptr, *inner = nullptr, *h_before = nullptr, *c_before = nullptr, *c = nullptr;
  const Real* dh = nullptr;  // [rows, hidden]: the gradient of h' without the part that `carry` holds
  // [rows, hidden]: from the step after this one, and then for the step before. LSTM: dc. GRU: the part of dh
  // that goes to h directly.
  Real* carry = nullptr;
  Real* dinput = nullptr;      // [rows, G·hidden]: of x
  Real* drecurrent = nullptr;  // [rows, G·hidden]: of r; LSTM: the same buffer as dinput
};
void cell_backward(RecurrentKind kind, const CellFormat& format, const CellStepGradient& step);

}  // namespace nibble::kernels
