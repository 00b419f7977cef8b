/* One part of a concatenation: its channels of every pixel. */
#include "nbl_copy.h"
#include "nbl_kernels.h"

void nbl_concat_a8(int32_t pixels, int32_t count, int32_t channels, const uint8_t* x, uint8_t* y) {
  for (int32_t p = 0; p < pixels; ++p) nbl_copy(x + p * count, count, y + p * channels);
}
