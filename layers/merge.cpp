#include "layers/merge.h"

#include <algorithm>

#include "autograd/ops/elementwise.h"
#include "autograd/ops/shape.h"
#include "layers/check_inputs.h"

namespace nibble {

Add::Add(const AddOptions&, std::span<const Shape> inputs, Rng) { output_shape(inputs); }

Shape Add::output_shape(std::span<const Shape> inputs) const {
  check_count(inputs, 2, "add");
  check(inputs[0] == inputs[1], "add: found inputs ", inputs[0], " and ", inputs[1],
        ", expected equal shapes");
  return inputs[0];
}

Signal Add::forward(std::span<const Signal> inputs, const Pass&) const {
  return {add(inputs[0].value, inputs[1].value), {}};
}

Multiply::Multiply(const MultiplyOptions&, std::span<const Shape> inputs, Rng) { output_shape(inputs); }

Shape Multiply::output_shape(std::span<const Shape> inputs) const {
  check_count(inputs, 2, "multiply");
  const Shape &x = inputs[0], &factor = inputs[1];
  const bool per_channel = x.rank() == 3 && factor.rank() == 1 && factor[0] == x[2];
  check(x == factor || per_channel, "multiply: found inputs ", x, " and ", factor,
        ", expected equal shapes, or an image [H, W, C] and factors [C]");
  return x;
}

Signal Multiply::forward(std::span<const Signal> inputs, const Pass&) const {
  return {multiply(inputs[0].value, inputs[1].value), {}};
}

Concat::Concat(const ConcatOptions&, std::span<const Shape> inputs, Rng) { output_shape(inputs); }

Shape Concat::output_shape(std::span<const Shape> inputs) const {
  check(!inputs.empty(), "concat: found no input, expected at least 1");
  Shape joined = inputs[0];
  check(joined.rank() > 0, "concat: found input ", joined, ", expected [..., C]");
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    Shape expected = inputs[0];
    if (inputs[i].rank() == expected.rank()) expected[expected.rank() - 1] = inputs[i].back();
    check(inputs[i] == expected, "concat: found inputs ", inputs[0], " and ", inputs[i],
          ", expected shapes that differ in the number of channels only");
    joined[joined.rank() - 1] += inputs[i].back();
  }
  return joined;
}

Signal Concat::forward(std::span<const Signal> inputs, const Pass&) const {
  std::vector<Var> values;
  for (const Signal& input : inputs) values.push_back(input.value);
  // Codes of one quantizer stay codes of it; two grids side by side are none.
  const auto& first = inputs[0].grid;
  const bool one_grid = std::all_of(inputs.begin(), inputs.end(), [&](const Signal& input) {
    return first && input.grid && input.grid->scale.is(first->scale);
  });
  return {concat(values), one_grid ? first : std::nullopt};
}

}  // namespace nibble
