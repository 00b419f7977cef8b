#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/array.h"
#include "core/kernels/conv/conv2d.h"
#include "core/noncopyable.h"

namespace nibble::kernels {

struct IntegerConv2dProblem {
  Shape image;   // [H, W, C]
  Shape weight;  // [O, KH, KW, C/groups]
  Conv2dGeometry geometry;
  int border = 0;  // the code outside of the image
  int top = 255;   // the highest code inside
};

/// The number of products of a layer from which a second thread saves more time than waking it costs (about
/// ten microseconds).
inline constexpr long kProductsWorthAFork = 1 << 20;

/// Σ x w of codes in exact int32, without a border. IntegerConv2d computes its blocks with it.
/// Not copyable; may run on several threads at once.
class IntegerProduct : NonCopyable {
 public:
  IntegerProduct() = default;
  virtual ~IntegerProduct() = default;

  /// x: [N, H, W, C] of `shape`, sums: [N, OH, OW, O].
  virtual void run(const std::uint8_t* x, const Shape& shape, std::int32_t* sums) const = 0;
};

struct IntegerWeights {
  std::vector<std::int8_t> codes;
  Shape shape;  // [O, KH, KW, C/groups]
};

/// Plain loops: the oracle of the tests, and the product that is used where no faster one is exact.
namespace plain {
std::unique_ptr<IntegerProduct> integer_product(IntegerWeights weights, const Conv2dGeometry& geometry);
}

}  // namespace nibble::kernels
