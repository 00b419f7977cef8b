/* One step of a GRU: activations one code per byte, weights two codes per byte, low nibble first. Rows r z n.
 */
#include "nbl_gate_sums.h"
#include "nbl_gru_cell.h"

void nbl_gru_a8w4(const nbl_recurrent_t* layer, const uint8_t* x, int16_t* h, uint8_t* codes, uint8_t* y,
                  int16_t* taps) {
  nbl_recurrent_step(layer, 3, nbl_gate_sums_w4, nbl_gru_unit, x, h, codes, y, taps);
}
