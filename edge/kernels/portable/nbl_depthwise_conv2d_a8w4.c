/* Depthwise convolution (one kernel for each channel): activations one code per byte, weights two codes per
 * byte, low nibble first. Each weight row is unpacked once, then swept over the image. Axis orders and
 * ranges: nbl_kernels.h. */
#include "nbl_depthwise_conv2d_loops.h"
#include "nbl_dot.h"

void nbl_depthwise_conv2d_a8w4(const nbl_conv2d_t* layer, const uint8_t* x, uint8_t* y, int8_t* row) {
  const int32_t n = layer->kernel_h * layer->kernel_w * (layer->channels / layer->groups);
  const uint8_t* packed = (const uint8_t*)layer->weights;
  for (int32_t o = 0; o < layer->out_channels; ++o, packed += (n + 1) / 2) {
    nbl_unpack_row(packed, n, row);
    nbl_depthwise_conv2d_channel(layer, x, row, o, y);
  }
}
