/* Any function of one code: y[i] = table[x[i]]. */
#include "nbl_kernels.h"

void nbl_lookup_a8(const uint8_t* table, int32_t count, const uint8_t* x, uint8_t* y) {
  for (int32_t i = 0; i < count; ++i) y[i] = table[x[i]];
}
