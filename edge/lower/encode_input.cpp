#include "edge/lower/encode_input.h"

#include "core/check.h"
#include "core/parallel.h"
#include "edge/graph/integer_value.h"
#include "quant/grids/affine_grid.h"

namespace nibble::edge {

Array<std::uint8_t> encode_input(const IntegerGraph& graph, const Tensor& x) {
  const IntegerTensor& input = graph.input();
  const bool batched = x.shape().rank() > 0;
  check(batched && x.shape() == batch_shape(x.shape()[0], input.shape), "encode_input: found samples ",
        x.shape(), ", expected [N] of ", input.shape);
  return encode_numbers(graph, x);
}

Array<std::uint8_t> encode_numbers(const IntegerGraph& graph, const Tensor& x) {
  const IntegerTensor& input = graph.input();
  // The trained grid, whose lowest code was moved to 0; exact in double, so this is the quantizer's own
  // shift.
  const AffineGrid grid{{input.lowest, input.lowest + input.top},
                        static_cast<Real>(input.scale),
                        static_cast<Real>(input.shift - input.scale * input.lowest)};
  auto codes = Array<std::uint8_t>::uninitialized(x.shape());
  const Real* from = x.data();
  std::uint8_t* to = codes.data();
  parallel_chunks(x.size(), kElementGrain, [&](Range range) {
    for (long i = range.begin; i < range.end; ++i)
      to[i] = static_cast<std::uint8_t>(grid.code(from[i]) - input.lowest);
  });
  return codes;
}

}  // namespace nibble::edge
