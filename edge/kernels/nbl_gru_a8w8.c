/* One step of a GRU: activations one code per byte, weights one code per byte.
 * Rows r z n of a unit are summed one after another, so that no sums lie in memory. */
#include "nbl_dot.h"
#include "nbl_gru_cell.h"

void nbl_gru_a8w8(const nbl_recurrent_t* layer, const uint8_t* x, int16_t* h, uint8_t* codes, uint8_t* y,
                  int16_t* taps) {
  const int8_t* wx = layer->input_weights;
  const int8_t* wh = layer->recurrent_weights;
  const int32_t wx_row = layer->in;
  const int32_t wh_row = layer->hidden;
  for (int32_t unit = 0; unit < layer->hidden; ++unit) {
    int32_t input[3];
    int32_t recurrent[3];
    for (int32_t gate = 0; gate < 3; ++gate) {
      const int32_t row = gate * layer->hidden + unit;
      input[gate] = nbl_dot_w8(x, wx + row * wx_row, layer->in);
      recurrent[gate] = nbl_dot_w8(codes, wh + row * wh_row, layer->hidden);
    }
    y[unit] = nbl_gru_unit(layer, unit, input, recurrent, h, taps);
  }
  nbl_keep_codes(y, layer->hidden, codes);
}
