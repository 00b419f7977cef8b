/* A token's row of codes, stored two a byte, low nibble first; each row starts on a byte. Nibbles are codes
 * 0 ... 15. */
#include "nbl_kernels.h"

void nbl_embedding_a4(const uint8_t* table, int32_t features, int32_t token, uint8_t* y) {
  const uint8_t* row = table + token * ((features + 1) / 2);
  for (int32_t i = 0; i < features; ++i) y[i] = (uint8_t)(i % 2 == 0 ? row[i / 2] & 15 : row[i / 2] >> 4);
}
