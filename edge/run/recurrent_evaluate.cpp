#include "edge/run/recurrent_evaluate.h"

#include <algorithm>

#include "core/kernels/recurrent/gate_table.h"
#include "core/parallel.h"

namespace nibble::edge {

using kernels::clamp16;
using kernels::gate_value;
using kernels::RecurrentKind;
using kernels::rounded_shift;
using kernels::sigmoid_table;
using kernels::tanh_table;

namespace {

// A matrix product as a convolution over images of one pixel.
std::unique_ptr<kernels::IntegerConv2d> product(const std::vector<std::int8_t>& weights, long rows, int top) {
  const long row = static_cast<long>(weights.size()) / rows;
  const kernels::IntegerConv2dProblem problem{{1, 1, row}, {rows, 1, 1, row}, {}, 0, top};
  return std::make_unique<kernels::IntegerConv2d>(problem, weights);
}

// sums: [x's rows, `row`]
void multiply(const kernels::IntegerConv2d& product, const Array<std::uint8_t>& x, long row,
              std::int32_t* sums) {
  const long n = x.shape()[0];
  product.run(x.reshaped({n, 1, 1, x.shape()[1]}), [&](const kernels::IntegerSums& block) {
    const long width = block.channels.size();
    const std::int32_t* from = block.data;
    for (long p = block.pixels.begin; p < block.pixels.end; ++p, from += width)
      std::copy(from, from + width, sums + p * row + block.channels.begin);
  });
}

// Constants by pointer and value, so that the loops become vector instructions.
void both(const std::int32_t* __restrict x, const std::int32_t* __restrict r, const GateLines& lines, long n,
          std::int32_t* __restrict z) {
  const std::int32_t *mx = lines.input_mult.data(), *mr = lines.recurrent_mult.data();
  const std::int64_t* offset = lines.offset.data();
  const int shift = lines.shift;
  for (long i = 0; i < n; ++i) {
    const std::int64_t v = (std::int64_t{x[i]} * mx[i] + std::int64_t{r[i]} * mr[i] + offset[i]) >> shift;
    z[i] = static_cast<std::int32_t>(std::min<std::int64_t>(std::max<std::int64_t>(v, -32768), 32767));
  }
}

void one(const std::int32_t* __restrict sum, const std::int32_t* __restrict mult,
         const std::int64_t* __restrict offset, int shift, long n, std::int32_t* __restrict z) {
  for (long i = 0; i < n; ++i) {
    const std::int64_t v = (std::int64_t{sum[i]} * mult[i] + offset[i]) >> shift;
    z[i] = static_cast<std::int32_t>(std::min<std::int64_t>(std::max<std::int64_t>(v, -32768), 32767));
  }
}

}  // namespace

// Of one row: accumulators [G·H] of the input and the state, and room for the gates' arguments.
struct RecurrentEvaluator::Sums {
  const std::int32_t *input, *recurrent;
  std::int32_t* z;
};

RecurrentEvaluator::RecurrentEvaluator(const IntegerRecurrent& node, const IntegerTensor& in,
                                       const IntegerTensor& out)
    : node_(node),
      input_(product(node.input_weights, node.rows(), in.top)),
      recurrent_(product(node.recurrent_weights, node.rows(), out.top)) {
  for (int h = -32768; h <= 32767; ++h)
    codes_[static_cast<std::size_t>(h + 32768)] = static_cast<std::uint8_t>(node.code(h));
}

void RecurrentEvaluator::lstm(const Sums& sums, std::int16_t* h, std::int16_t* c, std::int16_t* cell) const {
  const long n = node_.hidden();
  const int bits = node_.cell_fraction_bits;
  both(sums.input, sums.recurrent, node_.gates, 4 * n, sums.z);
  for (long u = 0; u < n; ++u) {
    const std::int32_t i = gate_value(sigmoid_table(), sums.z[u]),
                       f = gate_value(sigmoid_table(), sums.z[n + u]),
                       g = gate_value(tanh_table(), sums.z[2 * n + u]),
                       o = gate_value(sigmoid_table(), sums.z[3 * n + u]);
    const std::int32_t after = clamp16(rounded_shift(f * c[u], 15) + rounded_shift(i * g, 30 - bits));
    const std::int32_t z = bits <= 12 ? clamp16(after * (1 << (12 - bits))) : rounded_shift(after, bits - 12);
    c[u] = static_cast<std::int16_t>(after);
    h[u] = static_cast<std::int16_t>(rounded_shift(o * gate_value(tanh_table(), z), 15));
    if (!cell) continue;
    const std::int32_t values[] = {i, f, g, o, after, h[u]};
    for (long v = 0; v < 6; ++v) cell[v * n + u] = static_cast<std::int16_t>(values[v]);
  }
}

void RecurrentEvaluator::gru(const Sums& sums, std::int16_t* h, std::int16_t* cell) const {
  const long n = node_.hidden();
  const GateLines& lines = node_.gates;
  both(sums.input, sums.recurrent, lines, 2 * n, sums.z);
  one(sums.input + 2 * n, lines.input_mult.data() + 2 * n, lines.offset.data() + 2 * n, lines.shift, n,
      sums.z + 2 * n);
  one(sums.recurrent + 2 * n, lines.recurrent_mult.data() + 2 * n, lines.candidate_offset.data(), lines.shift,
      n, sums.z + 3 * n);
  for (long u = 0; u < n; ++u) {
    const std::int32_t r = gate_value(sigmoid_table(), sums.z[u]),
                       z = gate_value(sigmoid_table(), sums.z[n + u]);
    const std::int32_t recurrent = sums.z[3 * n + u];
    const std::int32_t candidate =
        gate_value(tanh_table(), clamp16(sums.z[2 * n + u] + rounded_shift(r * recurrent, 15)));
    h[u] = static_cast<std::int16_t>(rounded_shift((32768 - z) * candidate + z * h[u], 15));
    if (!cell) continue;
    const std::int32_t values[] = {r, z, candidate, recurrent, h[u]};
    for (long v = 0; v < 5; ++v) cell[v * n + u] = static_cast<std::int16_t>(values[v]);
  }
}

IntegerValue RecurrentEvaluator::operator()(const Array<std::uint8_t>& x, long sequences,
                                            RecurrentState& state, bool with_cell) const {
  const long rows = x.shape()[0], hidden = node_.hidden(), gates = node_.rows();
  const long taps = taps_of(node_.kind) * hidden;
  const bool is_lstm = node_.kind == RecurrentKind::lstm;
  IntegerValue y;
  y.codes = Array<std::uint8_t>::uninitialized({rows, hidden});
  if (with_cell) y.cell = Array<std::int16_t>::uninitialized({rows, taps});
  auto input = Array<std::int32_t>::uninitialized({rows, gates});
  multiply(*input_, x, gates, input.data());

  state.h = state.h.clone();  // nobody else's handle changes
  if (is_lstm) state.c = state.c.clone();
  auto recurrent = Array<std::int32_t>::uninitialized({sequences, gates});
  auto arguments = Array<std::int32_t>::uninitialized({sequences, 4 * hidden});
  auto before = Array<std::uint8_t>::uninitialized({sequences, hidden});
  const auto keep_codes = [&](Range range, std::uint8_t* codes) {
    for (long i = range.begin; i < range.end; ++i)
      codes[i] = codes_[static_cast<std::size_t>(state.h.data()[i] + 32768)];
  };
  keep_codes({0, sequences * hidden}, before.data());
  for (long row = 0; row < rows; row += sequences) {
    multiply(*recurrent_, before, gates, recurrent.data());
    const Array<std::uint8_t> after = y.codes.rows(row, row + sequences);
    parallel_for(sequences, [&](long s) {
      const Sums sums{input.data() + (row + s) * gates, recurrent.data() + s * gates,
                      arguments.data() + s * 4 * hidden};
      std::int16_t* const h = state.h.data() + s * hidden;
      std::int16_t* const cell = with_cell ? y.cell.data() + (row + s) * taps : nullptr;
      is_lstm ? lstm(sums, h, state.c.data() + s * hidden, cell) : gru(sums, h, cell);
      keep_codes({s * hidden, (s + 1) * hidden}, y.codes.data() + row * hidden);
    });
    before = after;
  }
  return y;
}

}  // namespace nibble::edge
