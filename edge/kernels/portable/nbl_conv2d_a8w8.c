/* Convolution: activations and weights one code per byte.
 * Axis orders and ranges: nbl_kernels.h. */
#include "nbl_conv2d_loops.h"

void nbl_conv2d_a8w8(const nbl_conv2d_t* layer, const uint8_t* x, uint8_t* y) {
  const int32_t n = layer->kernel_h * layer->kernel_w * (layer->channels / layer->groups);
  const int8_t* row = (const int8_t*)layer->weights;
  for (int32_t o = 0; o < layer->out_channels; ++o, row += n) nbl_conv2d_channel(layer, x, row, o, y);
}
