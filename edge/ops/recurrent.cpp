// An LSTM or GRU. What it computes needs its state: edge/run/recurrent_reference.h.
#include <cmath>

#include "core/check.h"
#include "edge/emit/c_text.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/graph/text.h"

namespace nibble::edge {
namespace {

// How many weights there are, before anybody divides by it.
void check_rows(const NodeView& node, const std::vector<std::int8_t>& weights, long rows, long row,
                const char* of) {
  check(static_cast<long>(weights.size()) == rows * row, node.who, ": found ", weights.size(), " weights of ",
        of, ", expected ", rows, " rows of ", row);
}

Shape output_shape(const IntegerRecurrent& recurrent, const NodeView& node) {
  const Shape& x = node.in().shape;
  check(x.rank() == 1, node.who, ": found input ", x, ", expected a vector");
  const long rows = recurrent.rows(), gates = kernels::gates_of(recurrent.kind);
  check(rows > 0 && rows % gates == 0, node.who, ": found ", rows, " rows of gates, expected ", gates,
        " for each unit");
  check_rows(node, recurrent.input_weights, rows, x[0], "its input");
  check_rows(node, recurrent.recurrent_weights, rows, recurrent.hidden(), "its state");
  return {recurrent.hidden()};
}

double product(const AccumulatorRange& range, std::int32_t mult) {
  return static_cast<double>(range.magnitude()) * std::abs(static_cast<double>(mult));
}

void check_gates(const IntegerRecurrent& recurrent, const NodeView& node) {
  const GateLines& lines = recurrent.gates;
  const auto rows = static_cast<std::size_t>(recurrent.rows()),
             hidden = static_cast<std::size_t>(recurrent.hidden());
  const bool gru = recurrent.kind == kernels::RecurrentKind::gru;
  check(lines.input_mult.size() == rows && lines.recurrent_mult.size() == rows &&
            lines.candidate_offset.size() == (gru ? hidden : 0),
        node.who, ": found ", lines.input_mult.size(), ", ", lines.recurrent_mult.size(), " and ",
        lines.candidate_offset.size(), " constants of its gates, expected ", rows, ", ", rows, " and ",
        gru ? hidden : 0);
  check_shift(node, lines.shift);
  const auto of_input = accumulator_ranges(recurrent.input_weights, recurrent.rows(), node.in().top);
  const auto of_state = accumulator_ranges(recurrent.recurrent_weights, recurrent.rows(), node.out().top);
  for (std::size_t r = 0; r < rows; ++r) {
    const auto row = static_cast<long>(r);
    check_accumulator(node, of_input[r], row);
    check_accumulator(node, of_state[r], row);
    double total = product(of_input[r], lines.input_mult[r]) + product(of_state[r], lines.recurrent_mult[r]) +
                   std::abs(static_cast<double>(lines.offset[r]));
    if (gru && r >= 2 * hidden)
      total += std::abs(static_cast<double>(lines.candidate_offset[r - 2 * hidden]));
    check_product(node, total, row);
  }
}

void check_ranges(const IntegerRecurrent& recurrent, const NodeView& node) {
  check_weights(node, recurrent.input_weights, recurrent.weight_bits);
  check_weights(node, recurrent.recurrent_weights, recurrent.weight_bits);
  const int bits = recurrent.cell_fraction_bits;
  check(0 <= bits && bits <= 15, node.who, ": found a cell of ", bits, " fraction bits, expected 0 ... 15");
  const std::vector<std::int16_t>& steps = recurrent.thresholds;
  check(static_cast<int>(steps.size()) <= node.out().top, node.who, ": found ", steps.size(),
        " thresholds, expected at most ", node.out().top, ", one a code");
  check(std::is_sorted(steps.begin(), steps.end()), node.who,
        ": found thresholds out of order, expected rising ones");
  check_gates(recurrent, node);
}

// So many elements that they fill whole words of 4 bytes. Compilers make one store of the neighbouring ones
// that set a state, and where an array does not begin on a word, some cores would trap.
long in_words(long elements, long bytes) {
  const long in_one = 4 / bytes;
  return (elements + in_one - 1) / in_one * in_one;
}

// State: 16 bits of c (GRU: h) and the code of h for each unit.
DeviceCost cost(const IntegerRecurrent& recurrent, const NodeView&) {
  const GateLines& gates = recurrent.gates;
  const auto bytes = [&](const std::vector<std::int8_t>& weights) {
    return bytes_of_weights(weights.size(), recurrent.rows(), recurrent.weight_bits);
  };
  return {.weight_bits = recurrent.weight_bits,
          .weight_bytes = bytes(recurrent.input_weights) + bytes(recurrent.recurrent_weights),
          .table_bytes = static_cast<long>(4 * (gates.input_mult.size() + gates.recurrent_mult.size()) +
                                           8 * (gates.offset.size() + gates.candidate_offset.size()) +
                                           2 * recurrent.thresholds.size()),
          .struct_bytes = 48,
          .macs = static_cast<long>(recurrent.input_weights.size() + recurrent.recurrent_weights.size()),
          .state_bytes = 2 * in_words(recurrent.hidden(), 2) + in_words(recurrent.hidden(), 1)};
}

IntegerValue run(const IntegerRecurrent&, const NodeView& node, const std::vector<IntegerValue>&) {
  fail(node.who, ": found a recurrent node without its state, expected run_recurrent");
}

std::int64_t accumulator(const IntegerRecurrent&, const NodeView& node, const std::vector<IntegerValue>&,
                         long) {
  fail(node.who, ": found a recurrent node, whose sums depend on its state, expected another");
}

std::string kernel(const IntegerRecurrent& recurrent, const NodeView& node) {
  const bool lstm = recurrent.kind == kernels::RecurrentKind::lstm;
  return kernel_name(lstm ? "lstm" : "gru", storage_bits(node, recurrent.weight_bits));
}

void emit_tables(const IntegerRecurrent& recurrent, CWriter& c) {
  const GateLines& gates = recurrent.gates;
  c.weights(recurrent.input_weights, recurrent.rows(), recurrent.weight_bits, "_input");
  c.weights(recurrent.recurrent_weights, recurrent.rows(), recurrent.weight_bits, "_recurrent");
  c.tables << c_table("int32_t", c.id + "_input_mult", gates.input_mult)
           << c_table("int32_t", c.id + "_recurrent_mult", gates.recurrent_mult)
           << c_table("int64_t", c.id + "_offset", gates.offset);
  const bool lstm = recurrent.kind == kernels::RecurrentKind::lstm;
  if (!lstm) c.tables << c_table("int64_t", c.id + "_candidate_offset", gates.candidate_offset);
  const bool steps = !recurrent.thresholds.empty();
  if (steps) c.tables << c_table("int16_t", c.id + "_thresholds", recurrent.thresholds);
  c.tables << Initializer("nbl_recurrent_t", c.id)
                  .field("in", c.in().shape[0])
                  .field("hidden", recurrent.hidden())
                  .field("input_weights", c.id + "_input_weights")
                  .field("recurrent_weights", c.id + "_recurrent_weights")
                  .field("input_mult", c.id + "_input_mult")
                  .field("recurrent_mult", c.id + "_recurrent_mult")
                  .field("offset", c.id + "_offset")
                  .field("candidate_offset", lstm ? "0" : c.id + "_candidate_offset")
                  .field("shift", gates.shift)
                  .field("cell_fraction_bits", lstm ? recurrent.cell_fraction_bits : 0)
                  .field("steps", recurrent.thresholds.size())
                  .field("thresholds", steps ? c.id + "_thresholds" : "0")
                  .str();
}

void emit(const IntegerRecurrent& recurrent, CWriter& c) {
  emit_tables(recurrent, c);
  const bool lstm = recurrent.kind == kernels::RecurrentKind::lstm;
  const std::string wide = c.id + (lstm ? "_c" : "_h"), codes = c.id + "_codes";
  const long hidden = recurrent.hidden();
  c.wide_state << "  int16_t " << wide << '[' << in_words(hidden, 2) << "];\n";
  c.codes_state << "  uint8_t " << codes << '[' << in_words(hidden, 1) << "];\n";
  c.reset << "  for (int32_t i = 0; i < " << hidden << "; ++i) {\n    context->" << wide
          << "[i] = 0;\n    context->" << codes << "[i] = " << recurrent.code(0) << ";\n  }\n";
  c.taps = taps_of(recurrent.kind) * hidden;
  c.call("&" + c.id, c.x(), "context->" + wide, "context->" + codes, c.y(), "NBL_TAPS");
  c.calls << "  NBL_TRACE_CELL(" << c.view.node.output << ", " << c.taps << ");\n";
}

}  // namespace

const OpRule<IntegerRecurrent> IntegerRecurrent::rule{
    .traits = {.kind = "recurrent", .carries_state = true, .tables = "nbl_gate_tables"},
    .output_shape = output_shape,
    .check_ranges = check_ranges,
    .cost = cost,
    .run = run,
    .accumulator = accumulator,
    .kernel = kernel,
    .emit = emit};

}  // namespace nibble::edge
