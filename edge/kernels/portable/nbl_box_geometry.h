/* Where a box lies, and which box covers which. */
#ifndef NBL_BOX_GEOMETRY_H
#define NBL_BOX_GEOMETRY_H

#include "nbl_boxes.h"

/* Centre and half side along one axis, in 1/256 pixel. A half side beyond 2^27 is beyond every picture. */
static inline int32_t nbl_box_centre(int32_t cell_number, int32_t place, uint32_t cell) {
  return (int32_t)((((int64_t)cell_number * 65536 + place) * (int64_t)cell + 8388608) >> 24);
}
static inline int32_t nbl_box_half(uint32_t extent, uint32_t anchor) {
  const uint64_t half = ((uint64_t)extent * anchor + 8388608u) >> 24;
  return half > 134217728u ? 134217728 : (int32_t)half;
}

static inline int32_t nbl_box_edge(int32_t edge, int32_t end) {
  return edge < 0 ? 0 : edge > end ? end : edge;
}
static inline int32_t nbl_least(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t nbl_most(int32_t a, int32_t b) { return a > b ? a : b; }

/* Areas take up to 44 bits, products with 16 bits more stay in 62. */
static inline int64_t nbl_box_area(const nbl_box_t* box) {
  return (int64_t)(box->right - box->left) * (box->bottom - box->top);
}

/* floor(distance of the centres squared * 2^16 / diagonal squared) of the rectangle around both; sums of
 * edges are centres, twice. */
static inline int64_t nbl_box_distance(const nbl_box_t* a, const nbl_box_t* b) {
  const int64_t x = (a->left + a->right) - (b->left + b->right);
  const int64_t y = (a->top + a->bottom) - (b->top + b->bottom);
  const int64_t w = nbl_most(a->right, b->right) - nbl_least(a->left, b->left);
  const int64_t h = nbl_most(a->bottom, b->bottom) - nbl_least(a->top, b->top);
  const int64_t diagonal = w * w + h * h;
  return diagonal == 0 ? 0 : (x * x + y * y) * 16384 / diagonal;
}

static inline int nbl_box_covers(const nbl_boxes_t* boxes, const nbl_box_t* taken, const nbl_box_t* other) {
  const int32_t w = nbl_least(taken->right, other->right) - nbl_most(taken->left, other->left);
  const int32_t h = nbl_least(taken->bottom, other->bottom) - nbl_most(taken->top, other->top);
  const int64_t both = w <= 0 || h <= 0 ? 0 : (int64_t)w * h;
  const int64_t any = nbl_box_area(taken) + nbl_box_area(other) - both;
  if (!boxes->by_distance) return both * 65536 > any * boxes->overlap;
  return (any == 0 ? 0 : both * 65536 / any) - nbl_box_distance(taken, other) > boxes->overlap;
}

#endif
