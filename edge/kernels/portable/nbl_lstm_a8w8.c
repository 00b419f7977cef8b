/* One step of an LSTM: activations one code per byte, weights one code per byte. Rows i f g o. */
#include "nbl_gate_sums.h"
#include "nbl_lstm_cell.h"

void nbl_lstm_a8w8(const nbl_recurrent_t* layer, const uint8_t* x, int16_t* c, uint8_t* codes, uint8_t* y,
                   int16_t* taps) {
  for (int32_t unit = 0; unit < layer->hidden; ++unit) {
    int32_t input[4];
    int32_t recurrent[4];
    nbl_gate_sums_w8(layer, 4, unit, x, codes, input, recurrent);
    y[unit] = nbl_lstm_unit(layer, unit, input, recurrent, c, taps);
  }
  nbl_copy(y, layer->hidden, codes); /* all units have read those of the step before */
}
