#include "layers/activation_quantizer.h"

#include "autograd/ops/dropout.h"
#include "autograd/ops/elementwise.h"
#include "layers/check_inputs.h"
#include "quant/ops/fake_quantize.h"

namespace nibble {

ActivationQuantizer::ActivationQuantizer(const QuantizerOptions& options, std::span<const Shape> inputs, Rng)
    : quantizer(make_quantizer(options, 1)) {
  only_input(inputs, "quantizer");
}

Shape ActivationQuantizer::output_shape(std::span<const Shape> inputs) const {
  return only_input(inputs, "quantizer");
}

Signal ActivationQuantizer::forward(std::span<const Signal> inputs, const Pass& pass) {
  const Var& x = inputs[0].value;
  if (pass.initialize && !nibble::initialized(quantizer)) nibble::initialize(quantizer, x.value());
  if (pass.float_share == 1) return inputs[0];  // nothing to draw
  if (pass.float_share > 0) {
    const DropoutMask kept = dropout_mask(x.shape(), pass.float_share, *pass.rng);
    if (const auto grid = plain_grid(quantizer, x.shape()))
      return Signal(fake_quantize_some(x, *grid, kept.kept), *grid);
    const Quantized y = nibble::apply(quantizer, x);
    return Signal(choose(kept.kept, y.value, x), y.grid);
  }
  Signal y = nibble::apply(quantizer, x);
  auto* const codes = std::get_if<Codes>(&y.carried);
  if (codes && !x.wants_gradient() && plain_grid(quantizer, x.shape())) codes->data = x.value();
  return y;
}

void ActivationQuantizer::parameters(const ParameterFn& visit) { nibble::parameters(quantizer, visit); }

}  // namespace nibble
