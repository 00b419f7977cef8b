// Layers that add up products or codes, and what happens to their sums on the way to a quantizer.

#include "edge/graph/stored_weight.h"
#include "edge/lower/lowering.h"

namespace nibble::edge {
namespace {

// The layer itself computes the table's values, so they are those of training.
Tensor applied(const Activation& layer, const Tensor& values) {
  const Signal input{Var(values), {}};
  return layer.forward({&input, 1}, Pass{}).value.value();
}

}  // namespace

// x = s·q + β and w = s_w·code:   Σ w x + b = s_w·s · Σ code·q + (s_w·β·Σ code + b)
template <typename Op>
LoweredValue Lowering::weighted(Op op, const Codes& x, const Var& weight,
                                const std::optional<Quantizer>& quantizer, const Var& bias) const {
  if (!quantizer) refuse("its weights are not quantized, expected a weight quantizer");
  StoredWeight w = stored_weight(*quantizer, weight.value(), who());
  op.weights = std::move(w.codes);
  op.weight_bits = w.bits;
  RealSum sum;
  for (std::size_t o = 0; o < w.scale.size(); ++o) {
    sum.gain.push_back(w.scale[o] * x.scale());
    sum.offset.push_back(w.scale[o] * x.shift() * w.total[o] +
                         (bias.empty() ? 0.0 : double{bias.value()[static_cast<long>(o)]}));
  }
  sum.ranges = accumulator_ranges(op.weights, weight.shape()[0], x.top());
  sum.inputs = {x.tensor};
  sum.op = std::move(op);
  return sum;
}

LoweredValue Lowering::conv(const Conv2d& layer) const {
  const Codes& x = codes();
  IntegerConv conv;
  conv.kernel = layer.options.kernel;
  conv.stride = layer.options.stride;
  conv.padding = layer.options.padding;
  conv.dilation = layer.options.dilation;
  conv.groups = layer.options.groups;
  conv.extra = layer.options.extra;
  conv.border_code = x.border_code(layer.border);
  return weighted(std::move(conv), x, layer.weight, layer.weight_quantizer, layer.bias);
}

LoweredValue Lowering::linear(const Linear& layer) const {
  return weighted(IntegerLinear{}, codes(), layer.weight, layer.weight_quantizer, layer.bias);
}

LoweredValue Lowering::add() const {
  const Codes &a = codes(0), &b = codes(1);
  RealSum sum;
  sum.op = IntegerAdd{};
  sum.inputs = {a.tensor, b.tensor};
  sum.gain = {a.scale(), b.scale()};
  sum.offset = {a.shift() + b.shift()};
  return sum;
}

// (s₁q₁ + β₁)·(s₂q₂ + β₂)
LoweredValue Lowering::multiply() const {
  const Codes &a = codes(0), &b = codes(1);
  RealSum sum;
  sum.op = IntegerMultiply{};
  sum.inputs = {a.tensor, b.tensor};
  sum.gain = {a.scale() * b.scale(), a.scale() * b.shift(), b.scale() * a.shift()};
  sum.offset = {a.shift() * b.shift()};
  return sum;
}

LoweredValue Lowering::average(Size2 kernel, Size2 stride) const {
  const Codes& x = codes();
  RealSum sum;
  sum.op = IntegerAveragePool{kernel, stride, {}};
  sum.inputs = {x.tensor};
  sum.ranges = {{0, std::int64_t{kernel.h} * kernel.w * x.top()}};
  sum.gain = {x.scale() / (kernel.h * kernel.w)};
  sum.offset = {x.shift()};
  return sum;
}

LoweredValue Lowering::batch_norm(const BatchNorm& layer) const {
  const auto* before = std::get_if<RealSum>(&input());
  if (!before || before->activated || before->is_join()) {
    refuse("a batch norm has an integer form only right behind a convolution, linear layer or mean");
  }
  RealSum sum = *before;
  const auto [gain, offset] = layer.affine();
  const bool one_for_all = sum.gain.size() == 1;
  std::vector<double> gains, offsets;
  for (std::size_t c = 0; c < gain.size(); ++c) {
    gains.push_back(gain[c] * sum.gain[one_for_all ? 0 : c]);
    offsets.push_back(gain[c] * sum.offset[one_for_all ? 0 : c] + offset[c]);
  }
  sum.gain = gains;
  sum.offset = offsets;
  return sum;
}

LoweredValue Lowering::activation(const Activation& layer) const {
  if (const auto* before = std::get_if<RealSum>(&input())) return clamped(*before, layer);
  if (const auto* before = std::get_if<Curve>(&input()))
    return Curve{before->tensor, applied(layer, before->values)};
  if (const auto* before = std::get_if<Rows>(&input())) return Rows{applied(layer, before->values)};
  return Curve{codes().tensor, applied(layer, codes().values)};
}

LoweredValue Lowering::clamped(RealSum sum, const Activation& layer) const {
  if (sum.activated) refuse("found two activations in a row, expected a quantizer in between");
  sum.activated = true;
  switch (layer.options.kind) {
    case ActivationKind::relu:
      sum.lower = 0;
      return sum;
    case ActivationKind::relu6:
      sum.lower = 0;
      sum.upper = 6;
      return sum;
    case ActivationKind::leaky_relu:
      if (std::holds_alternative<IntegerMultiply>(sum.op))
        refuse("a leaky_relu of a product has no integer form; expected a quantizer in between");
      sum.slope = layer.options.slope;
      return sum;
    case ActivationKind::sigmoid:
    case ActivationKind::tanh:
    case ActivationKind::swish:
    case ActivationKind::hard_swish:
    case ActivationKind::mish:
      break;
  }
  refuse("a ", nibble::name(layer.options.kind), " is a table of codes, expected a quantizer in front of it");
}

}  // namespace nibble::edge
