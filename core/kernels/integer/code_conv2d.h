#pragma once

#include <memory>
#include <vector>

#include "core/array.h"
#include "core/kernels/integer/code_product.h"

namespace nibble::kernels {

/// Convolution from codes to codes, for many batches with the same weights: IntegerConv2d where the way from
/// a sum to its code is a line for every channel, and faster, because sums do not leave the kernel.
class CodeConv2d {
 public:
  /// Whether a kernel makes this problem's codes in registers, by lines of float or also by `wide` ones.
  static bool fits(const IntegerConv2dProblem& problem, bool wide);

  /// Requires fits. weights: as for IntegerConv2d; lines: one for each output channel.
  CodeConv2d(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
             const CodeLines& lines);

  /// x: [N, H, W, C], codes: [N, OH, OW, O]. The cut follows the number of threads; codes do not.
  void run(const Array<std::uint8_t>& x, std::uint8_t* codes) const;

  /// Some rows, counted through [N, OH], on this thread.
  void run_rows(const Array<std::uint8_t>& x, Range rows, std::uint8_t* codes) const;
  /// Rows that are computed together: a cut between others costs twice.
  long rows_together() const { return product_->rows_together(); }
  /// What the layer costs with so many images, in products of the direct kernel.
  long cost(long images) const;
  /// Whether threads should share the weights, each reading the whole image, rather than rows.
  bool shares_weights(long images) const;

 private:
  struct Block {
    Range rows, parts;
  };
  std::vector<Block> blocks(long images) const;

  IntegerConv2dProblem problem_;
  Shape output_;  // [OH, OW, O]
  std::unique_ptr<CodeProduct> product_;
};

/// Into how many blocks, equally many for each thread, work of such a cost is cut: one if waking others costs
/// more.
long blocks_worth(long cost);

}  // namespace nibble::kernels
