/* Last fully connected layer: activations one code per byte, weights two codes per byte, low nibble first.
 *
 *   scores[o] = sum_i w[o][i] * x[i] + bias[o]          the largest is the class */
#include "nbl_dot.h"
#include "nbl_kernels.h"

void nbl_linear_scores_a8w4(const nbl_linear_scores_t* layer, const uint8_t* x, int32_t* scores) {
  const uint8_t* w = (const uint8_t*)layer->weights;
  for (int32_t o = 0; o < layer->out; ++o, w += (layer->in + 1) / 2)
    scores[o] = nbl_dot_w4(x, w, layer->in) + layer->bias[o];
}
