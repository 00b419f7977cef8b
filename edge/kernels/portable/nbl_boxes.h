/* How codes of a detector's heads become boxes: structs and prototype. The exporter proves that no code can
 * make a number leave its type. Half sides of anchors and sides of cells count 1/65536 pixel. */
#ifndef NBL_BOXES_H
#define NBL_BOXES_H

#include "nbl_box.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint32_t width, height;
} nbl_box_size_t;

/* A head's codes: [height][width][anchors][5 + classes], with x, y, w, h, objectness in front of the classes.
 * Tables have an entry for each code. */
typedef struct {
  int32_t height, width;
  int32_t anchors, classes;
  nbl_box_size_t cell;
  const nbl_box_size_t* anchor; /* [anchors], halves */
  const uint16_t* probability;  /* 1/65536 */
  const int32_t* place;         /* of the centre in its cell: 1/65536 of a cell */
  const uint32_t* extent;       /* of a side: 1/65536 of an anchor */
} nbl_box_head_t;

typedef struct {
  int32_t heads;
  const nbl_box_head_t* head; /* [heads] */
  int32_t right, bottom;      /* edges of the picture: 256 * width, 256 * height */
  int32_t overlap;            /* of two boxes of one class, 1/65536: of more the better one stays */
  int32_t by_distance;        /* 1: less what their centres are apart */
} nbl_boxes_t;

/* Writes the boxes whose scores are above the threshold, best first, of equal ones the one that stands
 * earlier in the heads; one that a better one of its class covers is left out. Returns how many there are, or
 * capacity + 1 if they are more than fit: then the best `capacity` are written. Needs no memory but theirs:
 * it reads the heads once for each box. capacity: 0 or more. */
int32_t nbl_find_boxes_a8(const nbl_boxes_t* boxes, const uint8_t* const* heads, uint32_t threshold,
                          nbl_box_t* found, int32_t capacity);

#ifdef __cplusplus
}
#endif

#endif
