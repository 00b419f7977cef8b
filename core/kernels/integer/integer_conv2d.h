#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "core/array.h"
#include "core/kernels/conv/conv2d.h"
#include "core/kernels/integer/integer_product.h"
#include "core/parallel.h"

namespace nibble::kernels {

// Convolution of codes with exact int32 sums, for many batches with the same weights: the product of integer
// inference. (Training uses core/kernels/conv/conv2d_codes.h: there the weights change every step, and sums
// become real numbers at once.)

/// The sums [pixels, channels] of some output pixels, counted through [N, OH, OW], and some output channels.
struct IntegerSums {
  Range pixels, channels;
  const std::int32_t* data = nullptr;
};

class IntegerConv2d {
 public:
  /// weights: codes in the order of problem.weight. No sum may leave int32. Throws Error if shapes do not
  /// fit.
  IntegerConv2d(const IntegerConv2dProblem& problem, std::vector<std::int8_t> weights);

  /// [OH, OW, O]
  const Shape& output() const { return output_; }

  /// x: [N, H, W, C]. Passes all sums to `finish`, in blocks that stay in the second-level cache, each on the
  /// thread that computed it. The cut depends on the number of threads, the sums do not.
  void run(const Array<std::uint8_t>& x, const std::function<void(const IntegerSums&)>& finish) const;

 private:
  struct Block {
    Range images, rows, channels;
  };
  std::vector<Block> blocks(long images) const;
  void run_block(const Array<std::uint8_t>& x, const Block& block,
                 const std::function<void(const IntegerSums&)>& finish) const;
  const IntegerProduct& product(const Range& channels) const;

  IntegerConv2dProblem problem_;
  std::vector<std::int8_t> weights_;
  Shape output_;
  Size2 skip_;               // only every skip-th pixel is read; the strides of the product are
  Conv2dGeometry geometry_;  // the rest of the problem's geometry, without a border
  mutable std::mutex mutex_;
  mutable std::map<std::pair<long, long>, std::unique_ptr<IntegerProduct>> products_;  // by channels
};

}  // namespace nibble::kernels
