/* One unit of an LSTM:   c' = f c + i g    h' = o tanh(c')    with i, f, o = sigmoid and g = tanh of their
 * sums. */
#ifndef NBL_LSTM_CELL_H
#define NBL_LSTM_CELL_H

#include "nbl_gates.h"

/* input, recurrent: the accumulators of rows i f g o. Updates c and gives the code of h'. taps: [6][hidden]
 * for i, f, g, o, c', h', or null. */
static inline uint8_t nbl_lstm_unit(const nbl_recurrent_t* l, int32_t unit, const int32_t input[4],
                                    const int32_t recurrent[4], int16_t* c, int16_t* taps) {
  int32_t gate[4];
  for (int32_t g = 0; g < 4; ++g) {
    const int32_t z = nbl_gate_sum(l, g * l->hidden + unit, input[g], recurrent[g]);
    gate[g] = nbl_gate_value(g == 2 ? nbl_tanh_table : nbl_sigmoid_table, z);
  }
  const int32_t n = l->cell_fraction_bits;
  const int32_t kept = nbl_rounded_shift(gate[1] * c[unit], 15);
  const int32_t cell = nbl_clamp16(kept + nbl_rounded_shift(gate[0] * gate[2], 30 - n));
  const int32_t z = n <= 12 ? nbl_clamp16(cell * ((int32_t)1 << (12 - n))) : nbl_rounded_shift(cell, n - 12);
  const int32_t h = nbl_rounded_shift(gate[3] * nbl_gate_value(nbl_tanh_table, z), 15);
  c[unit] = (int16_t)cell;
  if (taps) {
    for (int32_t g = 0; g < 4; ++g) taps[g * l->hidden + unit] = (int16_t)gate[g];
    taps[4 * l->hidden + unit] = (int16_t)cell;
    taps[5 * l->hidden + unit] = (int16_t)h;
  }
  return nbl_hidden_code(l, h);
}

#endif
