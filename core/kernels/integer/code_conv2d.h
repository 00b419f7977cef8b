#pragma once

#include <memory>
#include <vector>

#include "core/array.h"
#include "core/kernels/integer/code_product.h"

namespace nibble::kernels {

/// Convolution from codes to codes, for many batches with the same weights. It computes what IntegerConv2d
/// does where a line per channel makes the code of a sum, and it is faster because the sums do not leave the
/// kernel.
class CodeConv2d {
 public:
  /// Whether a kernel makes the codes of this problem in registers: with lines of float or, if `wide`, of
  /// double.
  static bool fits(const IntegerConv2dProblem& problem, bool wide);

  /// Requires fits. weights: as for IntegerConv2d; lines: one for each output channel.
  CodeConv2d(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights,
             const CodeLines& lines);

  /// x: [N, H, W, C], codes: [N, OH, OW, O]. The cut depends on the number of threads, the codes do not.
  void run(const Array<std::uint8_t>& x, std::uint8_t* codes) const;

  /// Computes some rows, counted through [N, OH], on this thread.
  void run_rows(const Array<std::uint8_t>& x, Range rows, std::uint8_t* codes) const;
  /// The number of rows that are computed together. A cut at any other place computes rows twice.
  long rows_together() const { return product_->rows_together(); }
  /// The cost of the layer for so many images, in products of the direct kernel.
  long cost(long images) const;
  /// Whether threads should divide the weights, with each thread reading the whole image, instead of the
  /// rows.
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

/// The number of blocks for work of this cost: the same number for each thread, or one block in all if waking
/// the other threads costs more than it saves.
long blocks_worth(long cost);

}  // namespace nibble::kernels
