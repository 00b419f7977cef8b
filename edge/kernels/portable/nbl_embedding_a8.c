/* A token's row of codes, stored one a byte. */
#include "nbl_copy.h"
#include "nbl_kernels.h"

void nbl_embedding_a8(const uint8_t* table, int32_t features, int32_t token, uint8_t* y) {
  nbl_copy(table + token * features, features, y);
}
