#include "layers/linear.h"

#include "layers/check_inputs.h"
#include "layers/coded_weight.h"
#include "layers/initial_weights.h"
#include "layers/weighted_sum.h"

namespace nibble {

Linear::Linear(const LinearOptions& o, std::span<const Shape> inputs, Rng rng) : options(o) {
  const Shape& x = only_input(inputs, "linear");
  check(o.out_features > 0, "linear: found ", o.out_features, " output features, expected at least 1");
  check(x.rank() == 1, "linear: found input ", x, ", expected [features]; put a flatten layer in front");
  const Shape shape{o.out_features, x[0]};
  weight = Var(o.first_weights > 0 ? even(shape, o.first_weights, rng) : he_normal(shape, rng), true);
  if (o.bias) bias = Var(Tensor({o.out_features}), true);
}

Shape Linear::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = only_input(inputs, "linear");
  check(x.rank() == 1 && x[0] == weight.shape()[1], "linear: found input ", x, ", but weight ",
        weight.shape(), " takes [", weight.shape()[1], "]");
  return {weight.shape()[0]};
}

Signal Linear::forward(std::span<const Signal> inputs, const Pass& pass) const {
  return weighted_sum(inputs[0], quantized(weight_quantizer, weight), bias, pass);
}

void Linear::parameters(const ParameterFn& visit) {
  if (!tied) visit("weight", ParameterKind::weight, weight);
  if (!bias.empty()) visit("bias", ParameterKind::bias, bias);
  if (weight_quantizer) {
    nibble::parameters(*weight_quantizer, [&](const std::string& name, ParameterKind kind, Var& value) {
      visit("weight_quantizer/" + name, kind, value);
    });
  }
}

}  // namespace nibble
