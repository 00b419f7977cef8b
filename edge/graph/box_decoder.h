#pragma once

#include <cstdint>
#include <vector>

namespace nibble::edge {

struct IntegerGraph;

// From the codes of a detector's heads to boxes, in integers. Coordinates count 1/256 pixel of the graph's
// input, scores 2⁻³². docs/quantizer-math.md derives the formulas and their error.

inline constexpr int kBoxUnit = 256;                   // units of a coordinate in a pixel
inline constexpr std::int64_t kBoxReach = 1 << 27;     // half a box reaches no further: beyond every image
inline constexpr std::uint32_t kMostProbable = 65535;  // of 2¹⁶: a probability
inline constexpr std::int32_t kMostCells = 16 << 16;   // |place|: a centre stays so near to its cell
inline constexpr long kLargestPicture = 16384;         // pixels of a side of the input
inline constexpr std::uint32_t kLargestAnchor = 1u << 31;  // half a side, 2⁻¹⁶ pixel

/// Half of an anchor's sides, and the pixels of a cell, count 2⁻¹⁶ pixel.
struct BoxSize {
  std::uint32_t width = 0, height = 0;
};

/// What one output says: an image of codes [H, W, anchors · (5 + classes)], for each anchor x, y, w, h,
/// objectness and classes. With the codes q of an anchor of cell (i, j), and ⌊·⌋ for a shift by 24 bits:
///   centre     x = ⌊((j·2¹⁶ + place[qx]) · cell.width + 2²³) / 2²⁴⌋                  y likewise, with i
///   half side  w = min(⌊(extent[qw] · anchor.width + 2²³) / 2²⁴⌋, kBoxReach)         h likewise
///   edges      x − w, x + w and y − h, y + h, limited to the input's image
///   score of class c = probability[q objectness] · probability[qc]
struct BoxHead {
  std::vector<BoxSize> anchors;  // halves
  int classes = 0;
  BoxSize cell;
  std::vector<std::uint16_t> probability;  // by code: 2⁻¹⁶
  std::vector<std::int32_t> place;         // by code: 2⁻¹⁶ of a cell
  std::vector<std::uint32_t> extent;       // by code: 2⁻¹⁶ of an anchor
};

/// How a graph's outputs become boxes. Candidates are the classes of all anchors whose scores exceed a
/// threshold. They are taken in order: higher scores first, of equal ones the one that stands earlier (head,
/// row, column, anchor, class). One is dropped where a box of its class was taken that covers it: where
///   intersection · 2¹⁶ > overlap · union                                                  (greedy), or
///   ⌊intersection · 2¹⁶ / union⌋ − ⌊distance² · 2¹⁶ / diagonal²⌋ > overlap                (by_distance)
/// of the distance of the centres and the diagonal of the smallest rectangle around both (DIoU, Zheng et al.
/// 2020, arXiv 1911.08287, eq. 6). A term whose divisor is 0 is 0.
struct BoxDecoder {
  std::vector<BoxHead> heads;   // of the outputs, in their order
  std::uint32_t threshold = 0;  // of scores, where the caller names none
  std::uint32_t overlap = 0;    // 2⁻¹⁶, at most 1
  bool by_distance = false;
};

struct Box {
  std::int32_t left = 0, top = 0, right = 0, bottom = 0;
  std::uint32_t score = 0;
  std::int32_t label = 0;  // class, from 0
  bool operator==(const Box&) const = default;
};

/// That the graph reads an image of at most kLargestPicture pixels a side, has a head for each output, codes
/// of the right shape and tables of the right length, and that no code can make a number leave its type
/// (bounds above). Throws Error, naming the output, where one does not hold.
void check_boxes(const IntegerGraph& graph);

}  // namespace nibble::edge
