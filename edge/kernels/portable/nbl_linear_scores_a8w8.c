/* Last fully connected layer: activations one code per byte, weights one code per byte.
 *
 *   scores[o] = sum_i w[o][i] * x[i] + bias[o]          the largest is the class */
#include "nbl_dot.h"
#include "nbl_kernels.h"

void nbl_linear_scores_a8w8(const nbl_linear_scores_t* layer, const uint8_t* x, int32_t* scores) {
  const int8_t* w = (const int8_t*)layer->weights;
  for (int32_t o = 0; o < layer->out; ++o, w += layer->in)
    scores[o] = nbl_dot_w8(x, w, layer->in) + layer->bias[o];
}
