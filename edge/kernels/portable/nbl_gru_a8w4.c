/* One step of a GRU: activations one code per byte, weights two codes per byte, low nibble first. Rows r z n.
 */
#include "nbl_gate_sums.h"
#include "nbl_gru_cell.h"

void nbl_gru_a8w4(const nbl_recurrent_t* layer, const uint8_t* x, int16_t* h, uint8_t* codes, uint8_t* y,
                  int16_t* taps) {
  for (int32_t unit = 0; unit < layer->hidden; ++unit) {
    int32_t input[3];
    int32_t recurrent[3];
    nbl_gate_sums_w4(layer, 3, unit, x, codes, input, recurrent);
    y[unit] = nbl_gru_unit(layer, unit, input, recurrent, h, taps);
  }
  nbl_copy(y, layer->hidden, codes); /* all units have read those of the step before */
}
