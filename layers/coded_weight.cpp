#include "layers/coded_weight.h"

#include "core/parallel.h"
#include "layers/walk_listener.h"

namespace nibble {

Quantized quantized(const std::optional<Quantizer>& quantizer, const Var& weight) {
  if (!quantizer) return {weight, {}, {}};
  const WeightQuantizing begins_and_ends;
  return nibble::apply(*quantizer, weight);
}

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

bool multiplies_codes(const Signal& x, const Quantized& w, const Pass& pass) {
  if (pass.node == nullptr || !pass.node->multiplies_codes()) return false;
  if (x.codes() && !w.codes.empty()) return true;
  Kernel& kernel = pass.node->kernel;
  kernel = kernel == Kernel::depthwise_codes ? Kernel::depthwise : Kernel::float_products;
  return false;
}

}  // namespace nibble
