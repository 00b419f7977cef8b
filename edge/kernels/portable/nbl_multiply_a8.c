/* Product of two tensors on different grids, requantized once: x2 makes a line of x1.
 *
 *   y[i] = clamp((x1[i] * (x2[j] * product + mult1) + x2[j] * mult2 + offset) >> shift, lo, hi)
 *
 * with j = i, or, of factors, the channel of i. */
#include "nbl_requantize.h"

void nbl_multiply_a8(const nbl_multiply_t* l, const uint8_t* x1, const uint8_t* x2, uint8_t* y) {
  for (int32_t row = 0; row < l->rows; ++row) {
    for (int32_t j = 0; j < l->factors; ++j) {
      const int32_t mult = x2[j] * l->product + l->mult1;
      const int64_t offset = (int64_t)x2[j] * l->mult2 + l->offset;
      *y++ = nbl_clamp(((int64_t)*x1++ * mult + offset) >> l->shift, l->lo, l->hi);
    }
  }
}
