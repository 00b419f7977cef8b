#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/array.h"
#include "core/kernels/pointwise/activation.h"
#include "core/piecewise_tensor.h"
#include "quant/chains/chain_kernel.h"
#include "quant/grids/affine_grid.h"

namespace nibble::chains {

// What the kernels of pointwise_chain.h work on; no tape. Private to quant/chains.

/// A quantizer's grid, or an activation.
struct Step {
  std::optional<AffineGrid> grid;
  ActivationKind activation;
  Real slope;
  bool kept;  // its result is read outside of the chain

  bool derives_at_once() const { return !grid && kernels::shares_exponential(activation); }
  void forward(const Real* x, Real* y, long n) const;
};

/// An operand: values, or codes on a grid, or sums that the chain's norm counts in.
struct Source {
  Tensor value;  // empty where codes or sums are read
  AffineGrid grid = {};
  Array<std::uint8_t> codes = {};
  Array<std::int16_t> sums = {};

  void load(long begin, long n, Real* into) const;
};

/// All that both directions need. Learned numbers are copies: the backward pass uses those of the forward
/// pass.
struct Chain {
  std::vector<Source> sources;
  std::vector<Step> steps;
  Shape shape;
  long channels = 1, block = 1;  // elements of a block: whole rows of channels
  bool normed = false;
  std::vector<Real> gain, offset, mean;     // of the norm, repeated over a block; in units of the source
  Tensor weight, inverse, mean_of_channel;  // [C]; the last two in units of the source
  Tensor unit;                              // [C], what one unit of the source is in the norm's input
  Tensor factors;                           // [N, C] of squeeze-and-excitation; else empty

  ChainPattern pattern() const;
  bool multiplied() const { return !factors.empty(); }
  /// The factors of the image that holds this element.
  const Real* factors_at(long element) const { return factors.data() + element / shape.row() * channels; }
  long block_rows() const { return block / channels; }
  /// Ranges of whole blocks, each the work of one thread; within an image where that has its own factors.
  std::vector<Range> chunks() const;
  /// The input of the first step; `spare` is another array of a block, where norm and factors leave what they
  /// multiply.
  void load(long begin, long n, Real* spare, Real* into) const;
};

/// Elements of a block for rows of so many channels.
long block_size(long channels);

/// [C] repeated over the rows of a block, so that loops over a block need not count channels.
std::vector<Real> repeated(const Tensor& channels, long rows);

/// y[m, c] = x[m, c] · factors[c] over the rows m of a block; y may be x.
void multiply_rows(const Real* x, const Real* factors, Real* y, long n, long channels);

/// What a kept step leaves behind: codes of a quantizer, values of an activation.
struct Kept {
  Array<std::uint8_t> codes;
  Tensor value;
};

/// What a range adds to the gradients of learned numbers.
struct ChunkSums {
  std::vector<double> scale, shift;   // of each step
  std::vector<double> d, d_centered;  // [C], of the norm: Σ d and Σ d (x − μ)
  std::vector<double> d_factors;      // [C], of the image's factors: Σ d x

  ChunkSums() = default;
  explicit ChunkSums(const Chain& chain);  // zeros
  void add(const ChunkSums& more);
};

/// dy of the steps, empty where nobody asked.
using StepGradients = std::vector<PiecewiseTensor>;

/// The gradient at a norm's input is a · d + b · x + c, where d is the one at its output and x the input in
/// units of the source. Repeated over a block.
struct NormLines {
  std::vector<Real> a, b, c;
};

/// A chain's arithmetic over a range of its elements.
struct ChainKernels {
  /// Computes the result of a chain that has no other, where that is cheaper than to write it and read it.
  /// Else null: results are kept.
  void (*values)(const Chain& chain, Range range, Real* into);
  /// Fills what is kept; false if a value that was quantized is not a number.
  bool (*forward)(const Chain& chain, Range range, std::vector<Kept>& kept);
  /// Adds the range's to the sums, and writes d at the chain's head (at the norm's output, at the sum, or at
  /// the image that factors multiply) to `head`, which is null where there is an input_gradient. `head` may
  /// be where dy of the range is read from: every block is read before it is written.
  void (*backward)(const Chain& chain, const StepGradients& dy, Range range, Real* head, ChunkSums& sums);
  /// The gradient at the norm's input, or at the image that factors multiply, from dy. It computes the steps
  /// again, where that is cheaper than to write d and read it. Else null.
  void (*input_gradient)(const Chain& chain, const StepGradients& dy, const NormLines& lines, Range range,
                         Real* into);
};

/// Those that chain_kernel (chain_kernel.h) names for the chain's pattern.
const ChainKernels& kernels_of(const Chain& chain);

}  // namespace nibble::chains
