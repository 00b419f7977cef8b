#include "edge/lower/lower_recurrent.h"

#include "core/check.h"
#include "core/kernels/recurrent/gate_table.h"
#include "edge/graph/fixed_point.h"
#include "edge/graph/stored_weight.h"

namespace nibble::edge {

namespace {

constexpr double kGateOne = 1 << kernels::kGateArgumentBits;

// A row's part of a gate's sum in Q3.12: multiplier · acc + addend.
struct Part {
  double multiplier, addend;
};

Part part(const StoredWeight& w, std::size_t row, double scale, double shift) {
  return {w.scale[row] * scale * kGateOne, w.scale[row] * shift * w.total[row] * kGateOne};
}

}  // namespace

std::vector<std::int16_t> hidden_thresholds(const AffineGrid& grid) {
  std::vector<std::int16_t> thresholds;
  for (int h = -32768; h <= 32767; ++h) {
    const Real real = static_cast<Real>(h) / Real(1 << kernels::kGateValueBits);
    const int code = grid.code(real) - grid.grid.lo;
    while (static_cast<int>(thresholds.size()) < code) thresholds.push_back(static_cast<std::int16_t>(h));
  }
  return thresholds;
}

IntegerRecurrent lower_recurrent(const Recurrent& layer, const InputCodes& x, const std::string& who) {
  check(layer.format().fixed, who,
        ": its cell is computed in real numbers (quant.scope = products), expected quant.scope = all");
  check(layer.hidden_quantizer.has_value(), who, ": its state is not quantized, expected a hidden quantizer");
  check(layer.input_quantizer && layer.recurrent_quantizer, who,
        ": its weights are not quantized, expected two weight quantizers");
  const StoredWeight of_input = stored_weight(*layer.input_quantizer, layer.input_weight.value(), who);
  const StoredWeight of_state =
      stored_weight(*layer.recurrent_quantizer, layer.recurrent_weight.value(), who);
  const AffineGrid h = affine(*layer.hidden_quantizer);
  const double h_shift = double{h.shift} + double{h.scale} * h.grid.lo;  // of code 0

  IntegerRecurrent node;
  node.kind = layer.options.kind;
  node.cell_fraction_bits = layer.format().cell_fraction_bits;
  node.weight_bits = std::max(of_input.bits, of_state.bits);
  node.input_weights = of_input.codes;
  node.recurrent_weights = of_state.codes;
  node.thresholds = hidden_thresholds(h);

  const auto rows = of_input.scale.size(), hidden = static_cast<std::size_t>(layer.options.hidden);
  const bool gru = layer.options.kind == RecurrentKind::gru;
  RealGateLines lines;
  for (std::size_t r = 0; r < rows; ++r) {
    const Part input = part(of_input, r, x.scale, x.shift), state = part(of_state, r, h.scale, h_shift);
    const double bias = double{layer.bias.value()[static_cast<long>(r)]} * kGateOne;
    lines.input.push_back(input.multiplier);
    lines.recurrent.push_back(state.multiplier);
    if (gru && r >= 2 * hidden) {
      const double inner = double{layer.candidate_bias.value()[static_cast<long>(r - 2 * hidden)]} * kGateOne;
      lines.addend.push_back(input.addend + bias + 0.5);
      lines.candidate.push_back(state.addend + inner + 0.5);
    } else {
      lines.addend.push_back(input.addend + state.addend + bias + 0.5);
    }
  }
  const auto gate_rows = static_cast<long>(rows);
  node.gates = fixed_point(lines, accumulator_ranges(node.input_weights, gate_rows, x.top),
                           accumulator_ranges(node.recurrent_weights, gate_rows, h.grid.levels() - 1), who);
  return node;
}

}  // namespace nibble::edge
