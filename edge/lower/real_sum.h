#pragma once

#include <limits>
#include <string>
#include <vector>

#include "edge/graph/fixed_point.h"
#include "edge/graph/integer_graph.h"
#include "quant/grids/affine_grid.h"

namespace nibble::edge {

/// What a layer has added up and no quantizer has rounded yet:
///   real = clamp(leaky(gain[c] · acc + offset[c]), lower, upper)
/// Of an addition gain is {of q₁, of q₂}, of a product {of q₁·q₂, of q₁, of q₂}.
/// Batch norms change gain and offset, activations the limits and the slope; a quantizer, or the end of the
/// network, makes an integer operation of it.
struct RealSum {
  IntegerOp op;  // its constants are still empty
  std::vector<int> inputs;
  std::vector<AccumulatorRange> ranges;  // one per channel, or one
  std::vector<double> gain, offset;
  double slope = 1;  // of leaky relu
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  bool activated = false;

  /// Whether two tensors meet in it, whose channels have no gains of their own.
  bool is_join() const {
    return std::holds_alternative<IntegerAdd>(op) || std::holds_alternative<IntegerMultiply>(op);
  }
};

/// The shift of a grid whose lowest code was moved to 0.
inline double moved_shift(const AffineGrid& grid) {
  return double{grid.shift} + double{grid.scale} * grid.grid.lo;
}

/// The operation whose result are codes of `grid`, counted from its lowest:
///   code = ⌊(gain·acc + offset − β')/s' + ½⌋;  relu is only the lower clamp.
/// tops: highest codes of the inputs. Throws Error, opened by `who`, for multipliers that no shift can hold.
IntegerOp rounded(const RealSum& sum, const AffineGrid& grid, const std::vector<int>& tops,
                  const std::string& who);

/// A linear layer at the end of a network. Accumulators with one positive gain compare as the real scores do
/// and stay 32 bits; others get one scale and 16 bits, Q5.10.
struct Scores {
  IntegerOp op;
  double scale = 1;
  int bits = 32;
};
/// Throws Error, opened by `who`, for a sum that is no linear layer's, and for a bias that needs more than 32
/// bits.
Scores scores(const RealSum& sum, const std::string& who);

}  // namespace nibble::edge
