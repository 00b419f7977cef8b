#pragma once

#include "core/array.h"
#include "core/parallel.h"

namespace nibble::kernels {

// The element-wise part of recurrent layers, one time step at a time. A layer of H units has G gates a unit;
// with x the sum over inputs and r that over the state before (biases included):
//
//   LSTM (G = 4: i f g o)    i, f, o = σ(x + r)   g = tanh(x + r)   c' = f c + i g   h' = o tanh(c')
//   GRU  (G = 3: r z n)      r, z = σ(x + r)      n = tanh(x + r ∘ (the r of n))     h' = (1 − z) n + z h
//                                                              (Cho et al. 2014, in the form of cuDNN)

enum class RecurrentKind { lstm, gru };

constexpr long gates_of(RecurrentKind kind) { return kind == RecurrentKind::lstm ? 4 : 3; }

/// How gates and state are computed.
///   real    floating point
///   fixed   as the device does, in integers (the same arithmetic in C: edge/kernels/portable/nbl_lstm_cell.h, nbl_gru_cell.h):
///           sums of gates rounded to Q3.12 and limited to 16 bits; σ and tanh by table, Q0.15; LSTM:
///             c' = clamp16(⌊f c / 2¹⁵ + ½⌋ + ⌊i g / 2^(30−n) + ½⌋)       c in 16 bits, n fraction bits
///             h' = ⌊o tanh(c') / 2¹⁵ + ½⌋                                 Q0.15
///           where the argument of tanh(c') is c' in Q3.12, limited to 16 bits (rounded, where n > 12); GRU:
///             n  = tanh(clamp16(x + ⌊r · clamp16(r of n) / 2¹⁵ + ½⌋))     both sums in Q3.12
///             h' = ⌊((2¹⁵ − z) n + z h) / 2¹⁵ + ½⌋                        Q0.15
struct CellFormat {
  bool fixed = false;
  int cell_fraction_bits = 11;  // n: 0 ... 15, of an LSTM's c
};

/// One step, for all rows and some of the units. Pointers are to the first row of the step.
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

/// Its derivative, for what the step has left in gates, inner and c. Rounding counts as the identity; where a
/// cell was limited to 16 bits, its gradient ends. (Where a gate's sum was, the slope is below 4e-4 anyway.)
struct CellStepGradient {
  long rows = 0, hidden = 0;
  Range units;
  const Real *gates = nullptr, *inner = nullptr, *h_before = nullptr, *c_before = nullptr, *c = nullptr;
  const Real* dh = nullptr;  // [rows, hidden]: of h', all of it but what `carry` holds
  Real* carry = nullptr;   // [rows, hidden], from the step behind and for the one in front: LSTM dc, GRU the
                           // share of dh that goes straight to h
  Real* dinput = nullptr;  // [rows, G·hidden]: of x
  Real* drecurrent = nullptr;  // [rows, G·hidden]: of r; LSTM: the same buffer as dinput
};
void cell_backward(RecurrentKind kind, const CellFormat& format, const CellStepGradient& step);

}  // namespace nibble::kernels
