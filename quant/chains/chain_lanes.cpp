#include "quant/chains/chain_lanes.h"

#include "quant/chains/lane_backward.h"
#include "quant/chains/lane_forward.h"

namespace nibble::chains {
namespace {

struct LanePattern {
  ChainHead head;
  std::vector<StepKind> steps;
  ChainKernels kernels;
};

template <ChainHead head, StepKind... steps>
LanePattern pattern() {
  using L = Lanes<head, steps...>;
  ChainKernels kernels{nullptr, forward_in_lanes<L>, backward_in_lanes<L>, nullptr};
  if constexpr (L::kCurved && L::kSteps[0] == StepKind::quantize) kernels.forward = forward_by_tables<L>;
  if constexpr (L::kAgain) kernels.input_gradient = input_gradient_in_lanes<L>;
  if constexpr (std::is_same_v<L, Lanes<ChainHead::norm, StepKind::limit>>) kernels.values = limited_values;
  return {head, {steps...}, kernels};
}

const std::vector<LanePattern>& patterns() {
  constexpr StepKind limit = StepKind::limit, quantize = StepKind::quantize, curve = StepKind::curve;
  static const std::vector<LanePattern> all{
      pattern<ChainHead::norm, limit>(),
      pattern<ChainHead::norm, curve>(),
      pattern<ChainHead::norm, quantize>(),
      pattern<ChainHead::norm, limit, quantize>(),
      pattern<ChainHead::norm, quantize, quantize>(),
      pattern<ChainHead::norm, limit, quantize, quantize>(),
      pattern<ChainHead::norm, curve, quantize>(),
      pattern<ChainHead::norm, quantize, curve, quantize>(),
      pattern<ChainHead::norm, quantize, curve, quantize, quantize>(),
      pattern<ChainHead::sum, limit>(),
      pattern<ChainHead::sum, quantize>(),
      pattern<ChainHead::sum, limit, quantize>(),
      pattern<ChainHead::sum, quantize, quantize>(),
      pattern<ChainHead::sum, limit, quantize, quantize>(),
      pattern<ChainHead::product, quantize>(),
      pattern<ChainHead::product, quantize, quantize>(),
  };
  return all;
}

}  // namespace

std::optional<StepKind> lane_step(const std::optional<ActivationKind>& step) {
  if (!step) return StepKind::quantize;
  if (kernels::shares_exponential(*step)) return StepKind::curve;
  if (*step == ActivationKind::relu || *step == ActivationKind::relu6) return StepKind::limit;
  return {};
}

const ChainKernels* lane_kernels(const ChainPattern& pattern) {
  std::vector<StepKind> steps;
  for (const auto& step : pattern.steps) {
    const std::optional<StepKind> kind = lane_step(step);
    if (!kind) return nullptr;
    steps.push_back(*kind);
  }
  for (const LanePattern& known : patterns())
    if (known.head == pattern.head && known.steps == steps) return &known.kernels;
  return nullptr;
}

std::vector<ChainPattern> lane_patterns() {
  const auto example = [](StepKind step) -> std::optional<ActivationKind> {
    if (step == StepKind::quantize) return {};
    return step == StepKind::limit ? ActivationKind::relu : ActivationKind::swish;
  };
  std::vector<ChainPattern> all;
  for (const LanePattern& known : patterns()) {
    all.push_back({known.head, {}});
    for (const StepKind step : known.steps) all.back().steps.push_back(example(step));
  }
  return all;
}

}  // namespace nibble::chains
