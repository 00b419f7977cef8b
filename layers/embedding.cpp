#include "layers/embedding.h"

#include <cmath>

#include "autograd/ops/embedding.h"
#include "autograd/ops/shape.h"
#include "layers/check_inputs.h"
#include "layers/initial_weights.h"
#include "layers/walk_listener.h"
#include "quant/ops/fake_quantize.h"

namespace nibble {
namespace {

Array<int> checked_tokens(const Tensor& x, int vocabulary) {
  Array<int> tokens = Array<int>::uninitialized({x.size()});
  for (long i = 0; i < x.size(); ++i) {
    check(x[i] >= 0 && x[i] < static_cast<Real>(vocabulary) && x[i] == std::floor(x[i]),
          "embedding: found token ", x[i], ", expected a whole number from 0 to ", vocabulary - 1);
    tokens[i] = static_cast<int>(x[i]);
  }
  return tokens;
}

}  // namespace

Embedding::Embedding(const EmbeddingOptions& o, std::span<const Shape> inputs, Rng rng) : options(o) {
  check(o.vocabulary > 0 && o.features > 0, "embedding: found ", o.vocabulary, " words and ", o.features,
        " features, expected at least 1 of each");
  output_shape(inputs);
  weight = Var(even({o.vocabulary, o.features}, o.first_weights, rng), true);
}

Shape Embedding::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = only_input(inputs, "embedding");
  check(x == Shape{1}, "embedding: found input ", x, ", expected [1]: tokens");
  return {options.features};
}

Signal Embedding::forward(std::span<const Signal> inputs, const Pass&) const {
  const Array<int> tokens = checked_tokens(inputs[0].value.value(), options.vocabulary);
  const Var rows = gather_rows(weight, tokens);
  if (!weight_quantizer) return rows;
  const WeightQuantizing begins_and_ends;
  // Only the rows that were read are quantized, each by its own scale.
  const auto grid = plain_grid(*weight_quantizer, weight.shape());
  if (!grid) return gather_rows(nibble::apply(*weight_quantizer, weight).value, tokens);
  const Var scales = grid->scale.shape()[0] == 1 ? grid->scale : gather_rows(grid->scale, tokens);
  return fake_quantize(rows, {grid->grid, scales, grid->shift}).value;
}

void Embedding::parameters(const ParameterFn& visit) {
  visit("weight", ParameterKind::weight, weight);
  if (weight_quantizer) {
    nibble::parameters(*weight_quantizer, [&](const std::string& name, ParameterKind kind, Var& value) {
      visit("weight_quantizer/" + name, kind, value);
    });
  }
}

}  // namespace nibble
