#include "quant/chains/chain_lanes.h"

#include <optional>

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

std::optional<Kind> kind_of(const Step& step) {
  if (step.grid) return Kind::quantize;
  if (step.derives_at_once()) return Kind::curve;
  if (step.activation == ActivationKind::relu || step.activation == ActivationKind::relu6) return Kind::limit;
  return {};
}

}  // namespace

const ChainKernels* lane_kernels(const Chain& chain) {
  constexpr Kind limit = Kind::limit, quantize = Kind::quantize, curve = Kind::curve;
  static const std::vector<Pattern> patterns{
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
  std::vector<Kind> kinds;
  for (const Step& step : chain.steps) {
    const std::optional<Kind> kind = kind_of(step);
    if (!kind) return nullptr;
    kinds.push_back(*kind);
  }
  if (!chain.normed && !chain.multiplied() && chain.sources.size() != 2) return nullptr;
  const Head head = chain.normed ? Head::norm : chain.multiplied() ? Head::product : Head::sum;
  for (const Pattern& known : patterns)
    if (known.head == head && known.kinds == kinds) return &known.kernels;
  return nullptr;
}

}  // namespace nibble::chains
