/* Every pixel factor x factor times. */
#include "nbl_copy.h"
#include "nbl_kernels.h"

void nbl_upsample_a8(const nbl_upsample_t* l, const uint8_t* x, uint8_t* y) {
  for (int32_t oh = 0; oh < l->height * l->factor; ++oh) {
    for (int32_t ow = 0; ow < l->width * l->factor; ++ow, y += l->channels) {
      const uint8_t* pixel = x + (oh / l->factor * l->width + ow / l->factor) * l->channels;
      nbl_copy(pixel, l->channels, y);
    }
  }
}
