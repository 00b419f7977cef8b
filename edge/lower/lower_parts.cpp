// Concatenations. A quantizer works number by number, so that the one behind a concatenation may as well
// stand behind each part: sums are rounded, curves and codes of other grids looked up on its grid, and what
// is put side by side are codes of one grid.

#include "edge/lower/lowering.h"

namespace nibble::edge {

LoweredValue Lowering::concat() {
  Parts parts;
  for (std::size_t i = 0; i < node_->inputs.size(); ++i) {
    const auto add = [&](const auto& value) { parts.parts.push_back({value, input_shape(i)}); };
    if (const auto* inner = std::get_if<Parts>(&input(i))) {
      parts.parts.insert(parts.parts.end(), inner->parts.begin(), inner->parts.end());
    } else if (const auto* sum = std::get_if<RealSum>(&input(i))) {
      add(*sum);
    } else if (const auto* curve = std::get_if<Curve>(&input(i))) {
      add(*curve);
    } else {
      add(codes(i));
    }
  }
  const auto* const first = std::get_if<Codes>(&parts.parts.front().value);
  IntegerNode node{IntegerConcat{}, {}, -1};
  for (const Parts::Part& part : parts.parts) {
    const auto* const here = std::get_if<Codes>(&part.value);
    if (!first || !here || !here->grid.scale.is(first->grid.scale)) return parts;
    node.inputs.push_back(here->tensor);
  }
  Codes result = *first;
  result.tensor = node.output = new_tensor(result, node_->name, node_->shape);
  graph_.nodes.push_back(std::move(node));
  return result;
}

LoweredValue Lowering::joined(const Parts& parts, const Quantizer& quantizer) {
  const Codes grid = codes_on(quantizer);
  IntegerNode together{IntegerConcat{}, {}, -1};
  for (const Parts::Part& part : parts.parts) {
    IntegerNode node = std::visit([&](const auto& value) { return made(value, quantizer); }, part.value);
    node.output = new_tensor(grid, str(node_->name, "/part", together.inputs.size()), part.shape);
    together.inputs.push_back(node.output);
    graph_.nodes.push_back(std::move(node));
  }
  return coded(std::move(together), quantizer);
}

}  // namespace nibble::edge
