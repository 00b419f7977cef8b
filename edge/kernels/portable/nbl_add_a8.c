/* Sum of two tensors on different grids, requantized once:
 *
 *   y[i] = clamp((x1[i] * mult1 + x2[i] * mult2 + offset) >> shift, lo, hi) */
#include "nbl_requantize.h"

static inline int64_t nbl_add_line(const nbl_add_line_t* line, uint8_t x1, uint8_t x2, int32_t shift) {
  return ((int64_t)x1 * line->mult1 + (int64_t)x2 * line->mult2 + line->offset) >> shift;
}

void nbl_add_a8(const nbl_add_t* layer, const uint8_t* x1, const uint8_t* x2, uint8_t* y) {
  for (int32_t i = 0; i < layer->count; ++i) {
    int64_t code = nbl_add_line(&layer->line[0], x1[i], x2[i], layer->shift);
    if (layer->lines == 2) { /* leaky ReLU: the larger of two lines */
      const int64_t second = nbl_add_line(&layer->line[1], x1[i], x2[i], layer->shift);
      code = second > code ? second : code;
    }
    y[i] = nbl_clamp(code, layer->lo, layer->hi);
  }
}
