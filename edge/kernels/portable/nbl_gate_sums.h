/* Products of a unit's gates with the input and with the codes of the step before: accumulators, one gate
 * after another, so that no more than a unit's lie in memory. Rows of all gates stand gate after gate. */
#ifndef NBL_GATE_SUMS_H
#define NBL_GATE_SUMS_H

#include "nbl_copy.h"
#include "nbl_dot.h"
#include "nbl_kernels.h"

/* How a unit's sums are made, by the width of the weights: input, recurrent: [gates] */
typedef void nbl_gate_sums_t(const nbl_recurrent_t* layer, int32_t gates, int32_t unit, const uint8_t* x,
                             const uint8_t* codes, int32_t* input, int32_t* recurrent);

/* Weights two codes a byte, every row on a byte of its own. */
static inline void nbl_gate_sums_w4(const nbl_recurrent_t* layer, int32_t gates, int32_t unit,
                                    const uint8_t* x, const uint8_t* codes, int32_t* input,
                                    int32_t* recurrent) {
  const uint8_t* wx = (const uint8_t*)layer->input_weights;
  const uint8_t* wh = (const uint8_t*)layer->recurrent_weights;
  for (int32_t gate = 0; gate < gates; ++gate) {
    const int32_t row = gate * layer->hidden + unit;
    input[gate] = nbl_dot_w4(x, wx + row * ((layer->in + 1) / 2), layer->in);
    recurrent[gate] = nbl_dot_w4(codes, wh + row * ((layer->hidden + 1) / 2), layer->hidden);
  }
}

/* Weights one code a byte. */
static inline void nbl_gate_sums_w8(const nbl_recurrent_t* layer, int32_t gates, int32_t unit,
                                    const uint8_t* x, const uint8_t* codes, int32_t* input,
                                    int32_t* recurrent) {
  const int8_t* wx = (const int8_t*)layer->input_weights;
  const int8_t* wh = (const int8_t*)layer->recurrent_weights;
  for (int32_t gate = 0; gate < gates; ++gate) {
    const int32_t row = gate * layer->hidden + unit;
    input[gate] = nbl_dot_w8(x, wx + row * layer->in, layer->in);
    recurrent[gate] = nbl_dot_w8(codes, wh + row * layer->hidden, layer->hidden);
  }
}

/* A unit's new state from its sums: nbl_lstm_unit, nbl_gru_unit. */
typedef uint8_t nbl_unit_t(const nbl_recurrent_t* layer, int32_t unit, const int32_t* input,
                           const int32_t* recurrent, int16_t* state, int16_t* taps);

/* One step of all units, of at most four gates. */
static inline void nbl_recurrent_step(const nbl_recurrent_t* layer, int32_t gates, nbl_gate_sums_t* sums,
                                      nbl_unit_t* update, const uint8_t* x, int16_t* state, uint8_t* codes,
                                      uint8_t* y, int16_t* taps) {
  for (int32_t unit = 0; unit < layer->hidden; ++unit) {
    int32_t input[4];
    int32_t recurrent[4];
    sums(layer, gates, unit, x, codes, input, recurrent);
    y[unit] = update(layer, unit, input, recurrent, state, taps);
  }
  nbl_copy(y, layer->hidden, codes); /* all units have read those of the step before */
}

#endif
