/* Fully connected layer: activations one code per byte, weights two codes per byte, low nibble first.
 *
 *   acc[o] = sum_i w[o][i] * x[i]          y[o] = requantize(acc[o]) */
#include "nbl_dot.h"
#include "nbl_requantize.h"

void nbl_linear_a8w4(const nbl_linear_t* layer, const uint8_t* x, uint8_t* y) {
  const uint8_t* w = (const uint8_t*)layer->weights;
  for (int32_t o = 0; o < layer->out; ++o, w += (layer->in + 1) / 2)
    y[o] = nbl_requantize(nbl_dot_w4(x, w, layer->in), &layer->requant, o);
}
