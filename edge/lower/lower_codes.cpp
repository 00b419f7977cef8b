// Quantizers, and layers that move what they made.

#include <cmath>

#include "edge/lower/lowering.h"

namespace nibble::edge {
namespace {

// By the functions of training.
std::vector<std::uint8_t> codes_of(const Tensor& values, const Quantizer& quantizer) {
  const AffineGrid grid = affine(quantizer);
  const Tensor quantized = nibble::apply(quantizer, Var(values)).value.value();
  std::vector<std::uint8_t> codes;
  for (const Real x : quantized) codes.push_back(static_cast<std::uint8_t>(grid.code(x) - grid.grid.lo));
  return codes;
}

}  // namespace

const Codes& Lowering::codes(std::size_t i) const {
  const auto* found = std::get_if<Codes>(&input(i));
  if (!found) {
    refuse("its input '", network_.node(node_->inputs[i]).name,
           "' is not on a grid, expected a quantizer in between");
  }
  return *found;
}

void Lowering::check_grid(const Quantizer& quantizer) const {
  const AffineGrid grid = affine(quantizer);
  const bool usable = std::isfinite(grid.scale) && grid.scale > 0 && std::isfinite(grid.shift);
  if (!usable)
    refuse("found scale ", grid.scale, " and shift ", grid.shift,
           ", expected a positive scale and a finite shift");
  if (grid.grid.levels() > 256) refuse("found ", grid.grid.levels(), " codes, expected at most 256");
}

LoweredValue Lowering::quantize(const Quantizer& quantizer) {
  check_grid(quantizer);
  if (std::holds_alternative<Image>(input())) {
    if (!graph_.tensors.empty())
      refuse("the image is quantized a second time, expected one quantizer behind the input");
    return new_codes(quantizer);
  }
  if (const auto* rows = std::get_if<Rows>(&input())) return embedded(*rows, quantizer);
  if (const auto* parts = std::get_if<Parts>(&input())) return joined(*parts, quantizer);
  if (const auto* sum = std::get_if<RealSum>(&input())) return coded(made(*sum, quantizer), quantizer);
  if (const auto* curve = std::get_if<Curve>(&input())) return coded(made(*curve, quantizer), quantizer);
  return coded(made(codes(), quantizer), quantizer);
}

IntegerNode Lowering::made(const RealSum& sum, const Quantizer& quantizer) const {
  std::vector<int> tops;
  for (const int tensor : sum.inputs) tops.push_back(graph_.tensors[static_cast<std::size_t>(tensor)].top);
  return {edge::rounded(sum, affine(quantizer), tops, who()), sum.inputs, -1};
}

IntegerNode Lowering::made(const Curve& curve, const Quantizer& quantizer) const {
  return {IntegerTable{codes_of(curve.values, quantizer)}, {curve.tensor}, -1};
}

IntegerNode Lowering::made(const Codes& codes, const Quantizer& quantizer) const {
  return made(Curve{codes.tensor, codes.values}, quantizer);
}

Codes Lowering::coded(IntegerNode node, const Quantizer& quantizer) {
  const Codes result = new_codes(quantizer);
  node.output = result.tensor;
  graph_.nodes.push_back(std::move(node));
  return result;
}

LoweredValue Lowering::embedded(const Rows& rows, const Quantizer& quantizer) {
  IntegerEmbedding embedding{.code_bits = affine(quantizer).grid.levels() <= 16 ? 4 : 8,
                             .table = codes_of(rows.values, quantizer)};
  const Codes result = new_codes(quantizer);
  graph_.nodes.push_back({std::move(embedding), {0}, result.tensor});
  return result;
}

Codes Lowering::codes_on(const Quantizer& quantizer) const {
  const AffineGrid grid = affine(quantizer);
  Tensor values = Tensor::uninitialized({grid.grid.levels()});
  for (int q = 0; q < grid.grid.levels(); ++q) values[q] = grid.value(q + grid.grid.lo);
  const Quantized quantized = nibble::apply(quantizer, Var(values));
  return {0, quantized.grid, quantized.value.value()};
}

Codes Lowering::new_codes(const Quantizer& quantizer) {
  Codes codes = codes_on(quantizer);
  codes.tensor = new_tensor(codes, node_->name, node_->shape);
  return codes;
}

int Lowering::new_tensor(const Codes& codes, const std::string& name, const Shape& shape) {
  graph_.tensors.push_back({.name = name,
                            .shape = shape,
                            .top = codes.top(),
                            .lowest = codes.grid.grid.lo,
                            .scale = codes.scale(),
                            .shift = codes.shift()});
  return static_cast<int>(graph_.tensors.size()) - 1;
}

LoweredValue Lowering::moved(IntegerOp op) {
  Codes result = codes();
  const int from = result.tensor;
  result.tensor = new_tensor(result, node_->name, node_->shape);
  graph_.nodes.push_back({std::move(op), {from}, result.tensor});
  return result;
}

}  // namespace nibble::edge
