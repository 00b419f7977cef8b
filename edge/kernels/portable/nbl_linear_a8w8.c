/* Fully connected layer: activations one code per byte, weights one code per byte.
 *
 *   acc[o] = sum_i w[o][i] * x[i]          y[o] = requantize(acc[o]) */
#include "nbl_dot.h"
#include "nbl_requantize.h"

void nbl_linear_a8w8(const nbl_linear_t* layer, const uint8_t* x, uint8_t* y) {
  const int8_t* w = (const int8_t*)layer->weights;
  for (int32_t o = 0; o < layer->out; ++o, w += layer->in)
    y[o] = nbl_requantize(nbl_dot_w8(x, w, layer->in), &layer->requant, o);
}
