/* From the codes of a detector's heads to boxes: decoding, threshold and suppression in one search, again and
 * again, for the next best box.
 *
 * Candidates are the classes of all anchors, counted in the order in which they stand. Those with higher
 * scores come first, of equal ones those that stand earlier. The next box is the first candidate behind the
 * last box that none of the boxes so far covers: what lies between the two was covered before and still is.
 * So no list of candidates has to be kept, and the room of the caller limits the boxes, not their quality. */
#include "nbl_box_geometry.h"

typedef struct {
  uint32_t score;
  int32_t at; /* which of all candidates, from 0 */
} nbl_rank_t;

static int nbl_is_covered(const nbl_boxes_t* boxes, const nbl_box_t* found, int32_t count,
                          const nbl_box_t* next) {
  for (int32_t i = 0; i < count; ++i) {
    if (found[i].label == next->label && nbl_box_covers(boxes, &found[i], next)) return 1;
  }
  return 0;
}

/* The box of anchor `a` in cell number `cell`, from its codes q. */
static void nbl_place_box(const nbl_boxes_t* boxes, const nbl_box_head_t* head, int32_t cell, int32_t a,
                          const uint8_t* q, nbl_box_t* box) {
  const int32_t x = nbl_box_centre(cell % head->width, head->place[q[0]], head->cell.width);
  const int32_t y = nbl_box_centre(cell / head->width, head->place[q[1]], head->cell.height);
  const int32_t w = nbl_box_half(head->extent[q[2]], head->anchor[a].width);
  const int32_t h = nbl_box_half(head->extent[q[3]], head->anchor[a].height);
  box->left = nbl_box_edge(x - w, boxes->right);
  box->right = nbl_box_edge(x + w, boxes->right);
  box->top = nbl_box_edge(y - h, boxes->bottom);
  box->bottom = nbl_box_edge(y + h, boxes->bottom);
}

/* Searches one head, whose first candidate has the number `at`, for a better one than *best, behind *last. */
static void nbl_search_head(const nbl_boxes_t* boxes, const nbl_box_head_t* head, const uint8_t* q,
                            int32_t at, const nbl_box_t* found, int32_t count, const nbl_rank_t* last,
                            nbl_rank_t* best, nbl_box_t* next) {
  const int32_t cells = head->height * head->width;
  for (int32_t cell = 0; cell < cells; ++cell) {
    for (int32_t a = 0; a < head->anchors; ++a, q += 5 + head->classes, at += head->classes) {
      const uint32_t object = head->probability[q[4]];
      if (object * 65535u <= best->score) continue; /* no class is better then */
      for (int32_t c = 0; c < head->classes; ++c) {
        const uint32_t score = object * head->probability[q[5 + c]];
        nbl_box_t box;
        if (score <= best->score || score > last->score || (score == last->score && at + c <= last->at))
          continue;
        nbl_place_box(boxes, head, cell, a, q, &box);
        box.score = score;
        box.label = c;
        if (nbl_is_covered(boxes, found, count, &box)) continue;
        best->score = score;
        best->at = at + c;
        *next = box;
      }
    }
  }
}

int32_t nbl_find_boxes_a8(const nbl_boxes_t* boxes, const uint8_t* const* heads, uint32_t threshold,
                          nbl_box_t* found, int32_t capacity) {
  nbl_rank_t last = {4294967295u, -1}; /* in front of all */
  int32_t count = 0;
  for (;;) {
    nbl_rank_t best = {threshold, -1};
    nbl_box_t next = {0, 0, 0, 0, 0, 0};
    int32_t at = 0;
    for (int32_t k = 0; k < boxes->heads; ++k) {
      const nbl_box_head_t* head = &boxes->head[k];
      nbl_search_head(boxes, head, heads[k], at, found, count, &last, &best, &next);
      at += head->height * head->width * head->anchors * head->classes;
    }
    if (best.at < 0) return count;
    if (count == capacity) return capacity + 1;
    found[count++] = next;
    last = best;
  }
}
