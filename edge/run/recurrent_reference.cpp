// Written from the equations of core/kernels/recurrent/recurrent_cell.h; only the tables of sigmoid and tanh
// are shared with training, bit for bit.

#include "edge/run/recurrent_reference.h"

#include <algorithm>
#include <initializer_list>

#include "core/kernels/recurrent/gate_table.h"
#include "core/parallel.h"
#include "edge/graph/node_view.h"
#include "edge/graph/wide_integer.h"

namespace nibble::edge {

namespace {

using kernels::gate_value;
using kernels::RecurrentKind;
using kernels::sigmoid_table;
using kernels::tanh_table;

std::int64_t limited16(std::int64_t v) { return std::clamp<std::int64_t>(v, -32768, 32767); }
std::int64_t halved(std::int64_t v, int n) { return n == 0 ? v : (v + (std::int64_t{1} << (n - 1))) >> n; }
std::int64_t sigmoid(std::int64_t z) { return gate_value(sigmoid_table(), static_cast<std::int32_t>(z)); }
std::int64_t tanh(std::int64_t z) { return gate_value(tanh_table(), static_cast<std::int32_t>(z)); }

// One step of one text.
struct Cell {
  const IntegerRecurrent& node;
  const std::string& who;
  const std::uint8_t* x;        // [features]
  const std::uint8_t* h_codes;  // [hidden], of the step before
  std::int16_t *h, *c;          // [hidden], this text's state
  std::int16_t* taps;           // [taps, hidden]
  long features, hidden;

  std::int64_t product(const std::vector<std::int8_t>& weights, long row, const std::uint8_t* codes,
                       long n) const {
    std::int64_t acc = 0;
    for (long i = 0; i < n; ++i)
      acc += std::int64_t{weights[static_cast<std::size_t>(row * n + i)]} * codes[i];
    return checked_accumulator(acc, who);
  }
  Int128 of_input(long row) const {
    return Int128{product(node.input_weights, row, x, features)} *
           node.gates.input_mult[static_cast<std::size_t>(row)];
  }
  Int128 of_state(long row) const {
    return Int128{product(node.recurrent_weights, row, h_codes, hidden)} *
           node.gates.recurrent_mult[static_cast<std::size_t>(row)];
  }
  std::int64_t offset(long row) const { return node.gates.offset[static_cast<std::size_t>(row)]; }
  std::int64_t rounded(Int128 v) const { return limited16(checked_shift(v, node.gates.shift, who)); }

  // Of both products.
  std::int64_t sum(long gate, long unit) const {
    const long row = gate * hidden + unit;
    return rounded(of_input(row) + of_state(row) + offset(row));
  }
  void tap(long unit, std::initializer_list<std::int64_t> values) const {
    long number = 0;
    for (const std::int64_t v : values) taps[number++ * hidden + unit] = static_cast<std::int16_t>(v);
  }

  std::int64_t lstm(long u) const {
    const std::int64_t i = sigmoid(sum(0, u)), f = sigmoid(sum(1, u)), g = tanh(sum(2, u)),
                       o = sigmoid(sum(3, u));
    const int n = node.cell_fraction_bits;
    const std::int64_t cell = limited16(halved(f * c[u], 15) + halved(i * g, 30 - n));
    const std::int64_t z = n <= 12 ? limited16(cell << (12 - n)) : halved(cell, n - 12);
    const std::int64_t after = halved(o * tanh(z), 15);
    c[u] = static_cast<std::int16_t>(cell);
    tap(u, {i, f, g, o, cell, after});
    return after;
  }

  std::int64_t gru(long u) const {
    const std::int64_t r = sigmoid(sum(0, u)), z = sigmoid(sum(1, u));
    const long row = 2 * hidden + u;
    const std::int64_t input = rounded(of_input(row) + offset(row));
    const std::int64_t recurrent =
        rounded(of_state(row) + node.gates.candidate_offset[static_cast<std::size_t>(u)]);
    const std::int64_t n = tanh(limited16(input + halved(r * recurrent, 15)));
    const std::int64_t after = halved((32768 - z) * n + z * h[u], 15);
    tap(u, {r, z, n, recurrent, after});
    return after;
  }

  void step(std::uint8_t* y) const {
    for (long u = 0; u < hidden; ++u) {
      const std::int64_t after = node.kind == RecurrentKind::lstm ? lstm(u) : gru(u);
      h[u] = static_cast<std::int16_t>(after);
      y[u] = static_cast<std::uint8_t>(node.code(h[u]));
    }
  }
};

}  // namespace

IntegerValue run_recurrent(const IntegerGraph& graph, const IntegerNode& node, const Array<std::uint8_t>& x,
                           long sequences, RecurrentState& state) {
  const auto& recurrent = std::get<IntegerRecurrent>(node.op);
  const std::string who = str("reference: node '", name(graph, node), "'");
  const long rows = x.shape()[0], features = x.shape()[1], hidden = recurrent.hidden();
  const long taps = taps_of(recurrent.kind) * hidden;
  IntegerValue y;
  y.codes = Array<std::uint8_t>::uninitialized({rows, hidden});
  y.cell = Array<std::int16_t>::uninitialized({rows, taps});
  const RecurrentState before = state;
  state.h = before.h.clone();  // nobody else's handle changes
  if (!before.c.empty()) state.c = before.c.clone();
  parallel_for(sequences, [&](long s) {
    std::int16_t* const h = state.h.data() + s * hidden;
    std::int16_t* const c = state.c.empty() ? nullptr : state.c.data() + s * hidden;
    std::vector<std::uint8_t> codes;
    for (long u = 0; u < hidden; ++u) codes.push_back(static_cast<std::uint8_t>(recurrent.code(h[u])));
    for (long row = s; row < rows; row += sequences) {
      const Cell cell{recurrent, who, x.data() + row * features,  codes.data(),
                      h,         c,   y.cell.data() + row * taps, features,
                      hidden};
      std::uint8_t* const after = y.codes.data() + row * hidden;
      cell.step(after);
      std::copy(after, after + hidden, codes.begin());
    }
  });
  return y;
}

}  // namespace nibble::edge
