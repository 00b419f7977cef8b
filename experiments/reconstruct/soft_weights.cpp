#include "experiments/reconstruct/soft_weights.h"

#include "autograd/ops/elementwise.h"
#include "quant/ops/soft_round.h"

namespace nibble {
namespace {

struct Place {
  Var* weight = nullptr;
  std::optional<Quantizer>* quantizer = nullptr;
};

Place place_of(const std::string& name, Layer& layer) {
  return std::visit(overloaded{
                        [](Conv2d& conv) {
                          return Place{&conv.weight, &conv.weight_quantizer};
                        },
                        [&](Linear& linear) {
                          check(!linear.tied, name,
                                ": quant.reconstruct found a weight tied to an embedding, "
                                "expected one of its own");
                          return Place{&linear.weight, &linear.weight_quantizer};
                        },
                        [](auto&) { return Place{}; },
                    },
                    layer);
}

LiveGrid grid_of(const std::string& name, const Quantizer& quantizer, const Shape& weight) {
  const auto grid = plain_grid(quantizer, weight);
  check(grid.has_value(), name,
        ": quant.reconstruct found a method whose weights are no plain grid, expected learned_scale_shift, "
        "lsq or lsq_plus");
  return *grid;
}

}  // namespace

SoftWeights::SoftWeights(Network& block) {
  for (NetworkNode& node : block.nodes()) {
    const Place place = place_of(node.name, node.layer);
    if (!place.weight || !*place.quantizer) continue;
    const Tensor& value = place.weight->value();
    const LiveGrid grid = grid_of(node.name, **place.quantizer, value.shape());
    weights_.push_back({place.weight, *place.weight, **place.quantizer, lower_codes(value, grid),
                        Var(first_logits(value, grid), true)});
    logits_.push_back({node.name + "/rounding", ParameterKind::weight, weights_.back().logits});
    parameters(weights_.back().quantizer, [&](const std::string& name, ParameterKind kind, Var& learned) {
      if (kind == ParameterKind::quantizer) scales_.push_back({node.name + "/" + name, kind, learned});
    });
    place.quantizer->reset();
  }
}

void SoftWeights::round() {
  for (Weight& w : weights_)
    *w.place = soft_round(w.logits, w.lower, *plain_grid(w.quantizer, w.lower.shape()));
}

Var SoftWeights::penalty(Real exponent) const {
  Var sum;
  for (const Weight& w : weights_) {
    const Var one = rounding_penalty(w.logits, exponent);
    sum = sum.empty() ? one : add(sum, one);
  }
  return sum;
}

long SoftWeights::fewest_codes() const {
  long fewest = 0;
  for (const Weight& w : weights_) {
    const Grid grid = plain_grid(w.quantizer, w.lower.shape())->grid;
    const long codes = grid.hi - grid.lo + 1;
    if (fewest == 0 || codes < fewest) fewest = codes;
  }
  return fewest;
}

void SoftWeights::decide() {
  for (Weight& w : weights_) {
    w.shared.mutable_value() =
        decided_weights(w.logits.value(), w.lower, *plain_grid(w.quantizer, w.lower.shape()));
    *w.place = w.shared;
  }
}

}  // namespace nibble
