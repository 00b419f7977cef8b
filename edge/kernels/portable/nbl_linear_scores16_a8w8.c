/* Last fully connected layer with a scale for each row: activations one code per byte, weights
 * one code per byte.
 *
 *   scores[o] = clamp((acc[o] * mult[o] + offset[o]) >> shift, lo, hi)          the largest is the class */
#include "nbl_dot.h"
#include "nbl_kernels.h"

void nbl_linear_scores16_a8w8(const nbl_linear_t* layer, const uint8_t* x, int16_t* scores) {
  const nbl_requant_t* r = &layer->requant;
  const int8_t* w = (const int8_t*)layer->weights;
  for (int32_t o = 0; o < layer->out; ++o, w += layer->in) {
    const int32_t c = o * r->per_channel;
    const int64_t v = ((int64_t)nbl_dot_w8(x, w, layer->in) * r->mult[c] + r->offset[c]) >> r->shift;
    scores[o] = (int16_t)(v < r->lo ? r->lo : v > r->hi ? r->hi : v);
  }
}
