/* The arithmetic of recurrent cells, as training simulates it (core/kernels/recurrent/recurrent_cell.h): sums
 * of gates in Q3.12, sigmoid and tanh by table in Q0.15, products rounded half up. Everything but a gate's
 * sum is 32-bit. */
#ifndef NBL_GATES_H
#define NBL_GATES_H

#include "nbl_copy.h"
#include "nbl_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

extern const int16_t nbl_sigmoid_table[513];
extern const int16_t nbl_tanh_table[513];

#ifdef __cplusplus
}
#endif

static inline int32_t nbl_clamp16(int32_t v) { return v < -32768 ? -32768 : v > 32767 ? 32767 : v; }

/* floor(v / 2^n + 1/2), n >= 0 */
static inline int32_t nbl_rounded_shift(int32_t v, int32_t n) {
  return n == 0 ? v : (v + ((int32_t)1 << (n - 1))) >> n;
}

/* A table between two of its places, linear; z: -32768 ... 32767. */
static inline int32_t nbl_gate_value(const int16_t* table, int32_t z) {
  const int32_t u = z + 32768;
  const int16_t* t = table + (u >> 7);
  return t[0] + (((t[1] - t[0]) * (u & 127) + 64) >> 7);
}

static inline int32_t nbl_clamp16_of_64(int64_t v) {
  return v < -32768 ? -32768 : v > 32767 ? 32767 : (int32_t)v;
}

/* A gate's sum over both of its rows. */
static inline int32_t nbl_gate_sum(const nbl_recurrent_t* l, int32_t row, int32_t input, int32_t recurrent) {
  return nbl_clamp16_of_64(
      ((int64_t)input * l->input_mult[row] + (int64_t)recurrent * l->recurrent_mult[row] + l->offset[row]) >>
      l->shift);
}

/* The code of h: the number of thresholds that it has reached. */
static inline uint8_t nbl_hidden_code(const nbl_recurrent_t* l, int32_t h) {
  int32_t low = 0;
  int32_t high = l->steps;
  while (low < high) {
    const int32_t middle = (low + high) / 2;
    if (l->thresholds[middle] <= h) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return (uint8_t)low;
}

#endif
