#include "quant/chains/chain_lanes.h"

#include <algorithm>
#include <span>

#include "quant/chains/lane_kernels.h"

namespace nibble::chains {
namespace {

struct Pattern {
  Head head;
  std::vector<Kind> kinds;
  ChainKernels kernels;
};

template <Head head, Kind... kinds>
Pattern pattern() {
  using K = Kernels<head, kinds...>;
  constexpr bool limited = std::is_same_v<K, Kernels<Head::norm, Kind::limit>>;
  if constexpr (K::kCurved && K::kKinds[0] == Kind::quantize)
    return {head, {kinds...}, {nullptr, K::forward_by_tables, K::backward, nullptr}};
  else if constexpr (K::kAgain)
    return {head,
            {kinds...},
            {limited ? K::limited_values : nullptr, K::forward, K::backward, K::input_gradient}};
  else
    return {head, {kinds...}, {nullptr, K::forward, K::backward, nullptr}};
}

const std::vector<Pattern>& patterns() {
  constexpr Kind limit = Kind::limit, quantize = Kind::quantize, curve = Kind::curve;
  static const std::vector<Pattern> all{
      pattern<Head::norm, limit>(),
      pattern<Head::norm, curve>(),
      pattern<Head::norm, quantize>(),
      pattern<Head::norm, limit, quantize>(),
      pattern<Head::norm, quantize, quantize>(),
      pattern<Head::norm, limit, quantize, quantize>(),
      pattern<Head::norm, curve, quantize>(),
      pattern<Head::norm, quantize, curve, quantize>(),
      pattern<Head::norm, quantize, curve, quantize, quantize>(),
      pattern<Head::sum, limit>(),
      pattern<Head::sum, quantize>(),
      pattern<Head::sum, limit, quantize>(),
      pattern<Head::sum, quantize, quantize>(),
      pattern<Head::sum, limit, quantize, quantize>(),
      pattern<Head::product, quantize>(),
      pattern<Head::product, quantize, quantize>(),
  };
  return all;
}

// Null where nobody has written the pattern down.
const ChainKernels* kernels_for(Head head, std::span<const Kind> kinds) {
  for (const Pattern& known : patterns())
    if (known.head == head && std::ranges::equal(known.kinds, kinds)) return &known.kernels;
  return nullptr;
}

}  // namespace

const ChainKernels* lane_kernels(const Chain& chain) {
  std::vector<Kind> kinds;
  for (const Step& step : chain.steps)
    kinds.push_back(step.grid ? Kind::quantize : step_kind(step.activation));
  if (!chain.normed && !chain.multiplied() && chain.sources.size() != 2) return nullptr;
  return kernels_for(chain.normed ? Head::norm : chain.multiplied() ? Head::product : Head::sum, kinds);
}

}  // namespace nibble::chains

namespace nibble {

StepKind step_kind(ActivationKind activation) {
  if (kernels::shares_exponential(activation)) return StepKind::curve;
  const bool limit = activation == ActivationKind::relu || activation == ActivationKind::relu6;
  return limit ? StepKind::limit : StepKind::other;
}

ChainForm chain_form(ChainHead head, std::span<const StepKind> steps) {
  const chains::ChainKernels* const found = chains::kernels_for(head, steps);
  if (found == nullptr) return {};
  return {true, found->values != nullptr, found->input_gradient != nullptr};
}

std::vector<ChainPattern> lane_patterns() {
  std::vector<ChainPattern> all;
  for (const chains::Pattern& known : chains::patterns()) all.push_back({known.head, known.kinds});
  return all;
}

}  // namespace nibble
