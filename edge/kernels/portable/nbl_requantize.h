/* The one rounding: (v + half) >> n is floor(v / 2^n + 1/2), the half being inside the offset. */
#ifndef NBL_REQUANTIZE_H
#define NBL_REQUANTIZE_H

#include "nbl_kernels.h"

static inline uint8_t nbl_clamp(int64_t code, int32_t lo, int32_t hi) {
  return (uint8_t)(code < lo ? lo : code > hi ? hi : code);
}

static inline uint8_t nbl_requantize(int32_t acc, const nbl_requant_t* r, int32_t channel) {
  const int32_t c = channel * r->per_channel;
  int64_t code = ((int64_t)acc * r->mult[c] + r->offset[c]) >> r->shift;
  if (r->mult2) {
    const int64_t second = ((int64_t)acc * r->mult2[c] + r->offset2[c]) >> r->shift;
    code = second > code ? second : code;
  }
  return nbl_clamp(code, r->lo, r->hi);
}

#endif
