/* Codes from one place to another, one at a time. */
#ifndef NBL_COPY_H
#define NBL_COPY_H

#include <stdint.h>

/* Of a plain loop compilers make copies of whole words, or a call of memcpy, which may do the same. Codes
 * begin at any address, and a core that traps unaligned words would stop there. Volatile bytes stay bytes. */
static inline void nbl_copy(const uint8_t* from, int32_t n, uint8_t* to) {
  volatile uint8_t* byte = to;
  for (int32_t i = 0; i < n; ++i) byte[i] = from[i];
}

#endif
