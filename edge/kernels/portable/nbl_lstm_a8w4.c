/* One step of an LSTM: activations one code per byte, weights two codes per byte, low nibble first. Rows i f
 * g o. */
#include "nbl_gate_sums.h"
#include "nbl_lstm_cell.h"

void nbl_lstm_a8w4(const nbl_recurrent_t* layer, const uint8_t* x, int16_t* c, uint8_t* codes, uint8_t* y,
                   int16_t* taps) {
  nbl_recurrent_step(layer, 4, nbl_gate_sums_w4, nbl_lstm_unit, x, c, codes, y, taps);
}
