#include "quant/chains/chain_kernel.h"

#include "core/check.h"
#include "quant/chains/chain_blocks.h"
#include "quant/chains/chain_lanes.h"

namespace nibble {
namespace {

const char* name(ChainHead head) {
  return head == ChainHead::norm ? "norm" : head == ChainHead::sum ? "sum" : "product";
}

std::string name_of(const std::optional<ActivationKind>& step) { return step ? name(*step) : "quantizer"; }

}  // namespace

std::string describe(const ChainPattern& pattern) {
  std::string text = name(pattern.head);
  for (const auto& step : pattern.steps) text += ", " + name_of(step);
  return text;
}

const char* name(ChainKernel kernel) { return kernel == ChainKernel::lanes ? "lanes" : "blocks"; }

ChainKernelChoice chain_kernel(const ChainPattern& pattern) {
  if (const chains::ChainKernels* const lanes = chains::lane_kernels(pattern)) {
    return {ChainKernel::lanes, lanes->values != nullptr, lanes->input_gradient != nullptr,
            str("lanes know ", describe(pattern))};
  }
  for (const auto& step : pattern.steps) {
    if (!chains::lane_step(step))
      return {.reason = str("lanes know no ", name_of(step), ", found ", describe(pattern))};
  }
  return {.reason = str("lanes know all steps but not the pattern ", describe(pattern))};
}

namespace chains {

const ChainKernels& kernels_of(const Chain& chain) {
  const ChainKernels* const lanes = lane_kernels(chain.pattern());
  return lanes != nullptr ? *lanes : block_kernels();
}

}  // namespace chains

}  // namespace nibble
