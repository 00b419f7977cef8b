/* Mean of each window: the sum of its codes, requantized; the divisor is inside mult. No padding. */
#include "nbl_requantize.h"

void nbl_average_pool_a8(const nbl_average_pool_t* l, const uint8_t* x, uint8_t* y) {
  for (int32_t oh = 0; oh < l->out_height; ++oh) {
    for (int32_t ow = 0; ow < l->out_width; ++ow) {
      const uint8_t* window = x + (oh * l->stride_h * l->width + ow * l->stride_w) * l->channels;
      for (int32_t c = 0; c < l->channels; ++c) {
        int32_t sum = 0; /* <= 255 * kernel_h * kernel_w */
        for (int32_t kh = 0; kh < l->kernel_h; ++kh)
          for (int32_t kw = 0; kw < l->kernel_w; ++kw) sum += window[(kh * l->width + kw) * l->channels + c];
        *y++ = nbl_requantize(sum, &l->requant, c);
      }
    }
  }
}
