#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/kernels/integer/integer_product.h"
#include "core/noncopyable.h"
#include "core/parallel.h"

namespace nibble::kernels {

/// How sums become codes, one line for each output channel:
///   code = ⌊clamp(gain · sum + addend, lo, hi)⌋        0 ≤ lo, hi ≤ 255
/// in float, or in double if `wide`. There is one rounding where the sum is converted and one at the fused
/// multiply-add. The gains and addends of lines of float are floats. No line may leave ±2³⁰ for a sum that
/// can occur.
struct CodeLines {
  std::vector<double> gain, addend;
  int lo = 0, hi = 255;
  bool wide = false;
};

/// A convolution of codes that turns its sums into codes while they are in registers: it writes one byte per
/// value, and no sums. It handles borders itself. May run on several threads at once.
class CodeProduct : NonCopyable {
 public:
  CodeProduct() = default;
  virtual ~CodeProduct() = default;

  /// The number of parts that the output channels may be cut into.
  virtual long parts() const = 0;

  /// The number of rows that are computed together. A cut at any other place computes rows twice.
  virtual long rows_together() const { return 1; }

  /// Writes some rows, counted through [N, OH], of some parts of the channels. x: all of [N, H, W, C], codes:
  /// all of [N, OH, OW, O].
  virtual void run(const std::uint8_t* x, Range rows, Range parts, std::uint8_t* codes) const = 0;
};

/// Whether this processor multiplies 64 bytes at a time, and the filters are neither grouped nor dilated
/// along a row.
bool direct_fits(const IntegerConv2dProblem& problem);

/// Computes tiles of pixels and channels. The sums of a tile stay in registers over the whole depth. Requires
/// direct_fits. Weights and lines are those of the problem, in its order.
std::unique_ptr<CodeProduct> direct_product(const IntegerConv2dProblem& problem,
                                            const std::vector<std::int8_t>& weights, const CodeLines& lines);

/// Whether this processor multiplies 64 bytes at a time, and every channel has a 3x3 filter of its own, not
/// dilated and with a stride of at most 2 along a row.
bool depthwise3x3_fits(const IntegerConv2dProblem& problem);

/// Requires depthwise3x3_fits, and lines of float.
std::unique_ptr<CodeProduct> depthwise3x3_product(const IntegerConv2dProblem& problem,
                                                  const std::vector<std::int8_t>& weights,
                                                  const CodeLines& lines);

/// Whether winograd_fits (winograd.h) and there are so many channels that Winograd saves more than its
/// transforms cost.
bool winograd_codes_fit(const IntegerConv2dProblem& problem, const std::vector<std::int8_t>& weights);

/// Requires winograd_codes_fit.
std::unique_ptr<CodeProduct> winograd_code_product(const IntegerConv2dProblem& problem,
                                                   const std::vector<std::int8_t>& weights,
                                                   const CodeLines& lines);

}  // namespace nibble::kernels
