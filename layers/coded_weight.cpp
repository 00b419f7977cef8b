#include "layers/coded_weight.h"

#include "core/parallel.h"

namespace nibble {

kernels::CodedWeight coded_weight(const Quantized& w) {
  kernels::CodedWeight result{Array<std::int8_t>::uninitialized(w.codes.shape()),
                              Tensor::uninitialized({w.codes.shape()[0]})};
  const std::uint8_t* const from = w.codes.data();
  std::int8_t* const into = result.codes.data();
  const int lo = w.grid.grid.lo;
  parallel_chunks(w.codes.size(), kElementGrain, [&](Range range) {
    for (long i = range.begin; i < range.end; ++i) into[i] = static_cast<std::int8_t>(from[i] + lo);
  });
  const Tensor& scale = w.grid.scale.value();
  for (long o = 0; o < result.scale.size(); ++o) result.scale[o] = scale[scale.size() == 1 ? 0 : o];
  return result;
}

}  // namespace nibble
