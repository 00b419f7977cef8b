#pragma once

#include <vector>

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// What the numbers t of a detector's head mean, in reals: in cell (i, j), with σ the logistic function,
///   centre  x = (j + s · σ(tx) − (s − 1) / 2) cells,     side  w = anchor · e^tw
/// and likewise y and h; of new_coords, whose numbers are logistic already, t for σ(t) and 4 t² for e^t.
struct RealBoxHead {
  struct Anchor {
    double width, height;  // in pixels of the network's input
  };
  std::vector<Anchor> anchors;
  int classes = 0;
  double scale_x_y = 1;  // s
  bool new_coords = false;
};

/// The same for the codes of an output, whose scale and shift give t. picture: what the network reads,
/// [height, width, channels]. Probabilities are limited to 0 ... 1, sides to 65,535 anchors. Throws Error for
/// anchors of 65,536 pixels or more, or below 1/32768 pixel.
BoxHead box_head(const IntegerTensor& output, const Shape& picture, const RealBoxHead& head);

/// A share of 0 ... 1 as BoxDecoder counts scores, rounded down: what exceeds the share exceeds it too.
std::uint32_t score_of(double share);
/// A share of 0 ... 1 as BoxDecoder counts overlaps, rounded.
std::uint32_t overlap_of(double share);

}  // namespace nibble::edge
