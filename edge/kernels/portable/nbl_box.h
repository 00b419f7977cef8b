/* What a detector finds. Part of its interface: the model's header includes it. */
#ifndef NBL_BOX_H
#define NBL_BOX_H

#include <stdint.h>

/* Edges in 1/256 pixel of the picture that the model reads, from its upper left corner: 0 ... 256 * width, 0
 * ... 256 * height. The probability that a thing of this class is there is score / 2^32. */
typedef struct {
  int32_t left, top, right, bottom;
  uint32_t score;
  int32_t label; /* class, from 0 */
} nbl_box_t;

#endif
