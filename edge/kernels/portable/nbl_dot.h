/* Products of codes: nibbles, and the inner loops over contiguous codes. */
#ifndef NBL_DOT_H
#define NBL_DOT_H

#include <stdint.h>

/* A nibble 0 ... 15 stands for the code (nibble ^ 8) - 8 in -8 ... 7. */
static inline int32_t nbl_low_nibble(uint8_t byte) { return ((byte & 15) ^ 8) - 8; }
static inline int32_t nbl_high_nibble(uint8_t byte) { return ((byte >> 4) ^ 8) - 8; }

/* One row of n codes, from two a byte to one a byte. */
static inline void nbl_unpack_row(const uint8_t* packed, int32_t n, int8_t* row) {
  int32_t i = 0;
  for (; i + 1 < n; i += 2, ++packed) {
    row[i] = (int8_t)nbl_low_nibble(*packed);
    row[i + 1] = (int8_t)nbl_high_nibble(*packed);
  }
  if (i < n) row[i] = (int8_t)nbl_low_nibble(*packed);
}

static inline int32_t nbl_dot_w8(const uint8_t* x, const int8_t* w, int32_t n) {
  int32_t acc = 0;
  for (int32_t i = 0; i < n; ++i) acc += w[i] * x[i];
  return acc;
}

static inline int32_t nbl_dot_w4(const uint8_t* x, const uint8_t* w, int32_t n) {
  int32_t acc = 0;
  int32_t i = 0;
  for (; i + 1 < n; i += 2, ++w) acc += nbl_low_nibble(*w) * x[i] + nbl_high_nibble(*w) * x[i + 1];
  if (i < n) acc += nbl_low_nibble(*w) * x[i];
  return acc;
}

#endif
