/* Shortcut without parameters: every stride-th pixel, channels of border_code in front and behind. */
#include "nbl_copy.h"
#include "nbl_kernels.h"

void nbl_subsample_a8(const nbl_subsample_t* l, const uint8_t* x, uint8_t* y) {
  for (int32_t ih = 0; ih < l->height; ih += l->stride) {
    for (int32_t iw = 0; iw < l->width; iw += l->stride) {
      const uint8_t* pixel = x + (ih * l->width + iw) * l->channels;
      for (int32_t c = -l->leading; c < l->out_channels - l->leading; ++c) {
        const uint8_t code = c >= 0 && c < l->channels ? pixel[c] : (uint8_t)l->border_code;
        nbl_copy(&code, 1, y++);
      }
    }
  }
}
