#include "layers/recurrent.h"

#include <algorithm>
#include <cmath>

#include "layers/check_inputs.h"
#include "layers/coded_weight.h"
#include "layers/initial_weights.h"
#include "layers/weighted_sum.h"
#include "quant/ops/recurrent.h"

namespace nibble {
namespace {

// The largest number of fraction bits with which twice the largest cell fits 16 bits: cells may grow while
// training goes on.
int fraction_bits_for(const Tensor& cells) {
  Real largest = 0;
  for (const Real c : cells) largest = std::max(largest, std::abs(c));
  const double room = largest > 0 ? std::log2(16383.0 / static_cast<double>(largest)) : 15;
  return static_cast<int>(std::clamp(std::floor(room), 0.0, 15.0));
}

}  // namespace

const char* name(RecurrentKind kind) { return kind == RecurrentKind::lstm ? "lstm" : "gru"; }

Recurrent::Recurrent(const RecurrentOptions& o, std::span<const Shape> inputs, Rng rng)
    : options(o), cell_fraction_bits(Tensor({1}, {-1})) {
  const Shape& x = only_input(inputs, name(o.kind));
  check(o.hidden > 0, name(o.kind), ": found ", o.hidden, " hidden units, expected at least 1");
  check(x.rank() == 1, name(o.kind), ": found input ", x, ", expected [features] of one step");
  const long rows = kernels::gates_of(o.kind) * o.hidden;
  Rng of_input = rng.stream("input"), of_state = rng.stream("recurrent");
  input_weight = Var(even({rows, x[0]}, o.first_weights, of_input), true);
  recurrent_weight = Var(even({rows, o.hidden}, o.first_weights, of_state), true);
  bias = Var(Tensor({rows}), true);
  if (o.kind == RecurrentKind::gru) candidate_bias = Var(Tensor({o.hidden}), true);
}

Shape Recurrent::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = only_input(inputs, name(options.kind));
  check(x.rank() == 1 && x[0] == input_weight.shape()[1], name(options.kind), ": found input ", x,
        ", but its weight ", input_weight.shape(), " takes [", input_weight.shape()[1], "]");
  return {options.hidden};
}

kernels::CellFormat Recurrent::format() const {
  const int bits = static_cast<int>(cell_fraction_bits.value()[0]);
  return {.fixed = bits >= 0, .cell_fraction_bits = std::max(bits, 0)};
}

Signal Recurrent::forward(std::span<const Signal> inputs, const Pass& pass, std::vector<Tensor>& state) {
  const long rows = inputs[0].value.shape()[0];
  if (state.empty()) {
    check(pass.sequences > 0 && rows % pass.sequences == 0, name(options.kind), ": found ", rows,
          " rows and ", pass.sequences, " sequences, expected whole steps of all sequences");
    const std::size_t tensors = options.kind == RecurrentKind::lstm ? 2 : 1;
    for (std::size_t i = 0; i < tensors; ++i) state.push_back(Tensor({pass.sequences, options.hidden}));
  }
  const Quantized weight = quantized(input_quantizer, input_weight);
  const Quantized recurrent = quantized(recurrent_quantizer, recurrent_weight);
  RecurrentOperands operands{weighted_sum(inputs[0], weight, bias, pass), recurrent.value, candidate_bias};
  if (pass.node && pass.node->state_of_codes) {
    pass.node->state_of_codes = !recurrent.codes.empty();
    if (!recurrent.codes.empty()) operands.coded_weight = coded_weight(recurrent);
  }

  if (pass.initialize && hidden_quantizer && !nibble::initialized(*hidden_quantizer)) {
    const RecurrentOutput real = nibble::recurrent(options.kind, operands, state, {}, {});
    nibble::initialize(*hidden_quantizer, real.y.value.value());
    if (format().fixed && options.kind == RecurrentKind::lstm) {
      cell_fraction_bits.mutable_value()[0] = static_cast<Real>(fraction_bits_for(real.cells));
    }
  }
  std::optional<LiveGrid> grid;
  if (hidden_quantizer) {
    grid = plain_grid(*hidden_quantizer, {rows, options.hidden});
    check(grid.has_value(), name(options.kind),
          ": found a method whose activations are no plain grid, expected learned_scale_shift, lsq or "
          "lsq_plus");
  }
  const RecurrentOutput result = nibble::recurrent(options.kind, operands, state, grid, format());
  state = result.state;
  return result.y;
}

void Recurrent::parameters(const ParameterFn& visit) {
  visit("input_weight", ParameterKind::weight, input_weight);
  visit("recurrent_weight", ParameterKind::weight, recurrent_weight);
  visit("bias", ParameterKind::bias, bias);
  if (!candidate_bias.empty()) visit("candidate_bias", ParameterKind::bias, candidate_bias);
  visit("cell_fraction_bits", ParameterKind::statistic, cell_fraction_bits);
  const auto quantizer = [&](const char* prefix, std::optional<Quantizer>& q) {
    if (!q) return;
    nibble::parameters(*q, [&](const std::string& name, ParameterKind kind, Var& value) {
      visit(prefix + name, kind, value);
    });
  };
  quantizer("input_quantizer/", input_quantizer);
  quantizer("recurrent_quantizer/", recurrent_quantizer);
  quantizer("hidden_quantizer/", hidden_quantizer);
}

}  // namespace nibble
