/* Largest code of each window; the grid is monotone, so this is the largest value. Positions outside of the
 * image do not take part. */
#include "nbl_kernels.h"

void nbl_max_pool_a8(const nbl_max_pool_t* l, const uint8_t* x, uint8_t* y) {
  for (int32_t oh = 0; oh < l->out_height; ++oh) {
    const int32_t top = oh * l->stride_h - l->pad_h;
    const int32_t ih0 = top < 0 ? 0 : top;
    const int32_t ih1 = top + l->kernel_h > l->height ? l->height : top + l->kernel_h;
    for (int32_t ow = 0; ow < l->out_width; ++ow) {
      const int32_t left = ow * l->stride_w - l->pad_w;
      const int32_t iw0 = left < 0 ? 0 : left;
      const int32_t iw1 = left + l->kernel_w > l->width ? l->width : left + l->kernel_w;
      for (int32_t c = 0; c < l->channels; ++c) {
        uint8_t largest = 0;
        for (int32_t ih = ih0; ih < ih1; ++ih) {
          for (int32_t iw = iw0; iw < iw1; ++iw) {
            const uint8_t code = x[(ih * l->width + iw) * l->channels + c];
            largest = code > largest ? code : largest;
          }
        }
        *y++ = largest;
      }
    }
  }
}
