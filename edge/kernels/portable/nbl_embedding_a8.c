/* A token's row of codes, stored one a byte. */
#include "nbl_kernels.h"

void nbl_embedding_a8(const uint8_t* table, int32_t features, int32_t token, uint8_t* y) {
  const uint8_t* row = table + token * features;
  for (int32_t i = 0; i < features; ++i) y[i] = row[i];
}
