/* One unit of a GRU:   n = tanh(x + r (the recurrent part of n))    h' = (1 - z) n + z h    with r, z =
 * sigmoid of their sums. */
#ifndef NBL_GRU_CELL_H
#define NBL_GRU_CELL_H

#include "nbl_gates.h"

/* input, recurrent: the accumulators of rows r z n. Updates h and gives the code of h'. taps: [5][hidden] for
 * r, z, n, the recurrent part of n, h', or null. */
static inline uint8_t nbl_gru_unit(const nbl_recurrent_t* l, int32_t unit, const int32_t input[3],
                                   const int32_t recurrent[3], int16_t* h, int16_t* taps) {
  const int32_t row = 2 * l->hidden + unit;
  const int32_t r = nbl_gate_value(nbl_sigmoid_table, nbl_gate_sum(l, unit, input[0], recurrent[0]));
  const int32_t z =
      nbl_gate_value(nbl_sigmoid_table, nbl_gate_sum(l, l->hidden + unit, input[1], recurrent[1]));
  const int32_t of_input =
      nbl_clamp16_of_64(((int64_t)input[2] * l->input_mult[row] + l->offset[row]) >> l->shift);
  const int32_t of_state = nbl_clamp16_of_64(
      ((int64_t)recurrent[2] * l->recurrent_mult[row] + l->candidate_offset[unit]) >> l->shift);
  const int32_t n =
      nbl_gate_value(nbl_tanh_table, nbl_clamp16(of_input + nbl_rounded_shift(r * of_state, 15)));
  const int32_t after = nbl_rounded_shift((32768 - z) * n + z * h[unit], 15);
  h[unit] = (int16_t)after;
  if (taps) {
    const int32_t values[5] = {r, z, n, of_state, after};
    for (int32_t i = 0; i < 5; ++i) taps[i * l->hidden + unit] = (int16_t)values[i];
  }
  return nbl_hidden_code(l, after);
}

#endif
