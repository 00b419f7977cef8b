#include "core/kernels/recurrent/recurrent_cell.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "core/kernels/recurrent/gate_table.h"

namespace nibble::kernels {
namespace {

// The units of one row as Eigen arrays, because Eigen's exp and tanh are vectorized and the standard
// library's are not.
using Units = Eigen::Map<Eigen::Array<Real, Eigen::Dynamic, 1>>;
using ConstUnits = Eigen::Map<const Eigen::Array<Real, Eigen::Dynamic, 1>>;

constexpr Real kOne = Real(1 << kGateValueBits);
constexpr std::int32_t kIntegerOne = 1 << kGateValueBits;

// v / 2ⁿ as a real number, which is exact, and back.
Real from_fixed(std::int32_t v, int n) { return static_cast<Real>(v) / static_cast<Real>(1 << n); }
std::int32_t to_fixed(Real v, int n) { return static_cast<std::int32_t>(v * static_cast<Real>(1 << n)); }

// The sum of a gate in Q3.12. Float holds both limits exactly.
std::int32_t gate_argument(Real sum) {
  const Real scaled = std::floor(sum * Real(1 << kGateArgumentBits) + Real(0.5));
  return static_cast<std::int32_t>(std::clamp(scaled, Real(-32768), Real(32767)));
}

struct Row {
  Row(const CellStep& s, long row, long gates)
      : n(s.units.size()),
        input(s.input + row * gates * s.hidden + s.units.begin),
        recurrent(s.recurrent + row * gates * n),
        value(s.gates + row * gates * s.hidden + s.units.begin),
        at(row * s.hidden + s.units.begin),
        hidden(s.hidden) {}
  long n;
  const Real* input;
  const Real* recurrent;
  Real* value;
  long at, hidden;

  ConstUnits x(long gate) const { return {input + gate * hidden, n}; }
  ConstUnits r(long gate) const { return {recurrent + gate * n, n}; }
  Units out(long gate) const { return {value + gate * hidden, n}; }
};

void lstm_real(const CellStep& s, const Row& row) {
  for (const long gate : {0, 1, 3}) row.out(gate) = 1 / (1 + (-(row.x(gate) + row.r(gate))).exp());
  row.out(2) = (row.x(2) + row.r(2)).tanh();
  Units c(s.c + row.at, row.n), inner(s.inner + row.at, row.n);
  c = row.out(1) * ConstUnits(s.c_before + row.at, row.n) + row.out(0) * row.out(2);
  inner = c.tanh();
  Units(s.h + row.at, row.n) = row.out(3) * inner;
}

void lstm_fixed(const CellStep& s, const Row& row, int bits) {
  for (long u = 0; u < row.n; ++u) {
    std::int32_t gate[4];
    for (long g = 0; g < 4; ++g) {
      const std::int32_t z = gate_argument(row.input[g * row.hidden + u] + row.recurrent[g * row.n + u]);
      gate[g] = gate_value(g == 2 ? tanh_table() : sigmoid_table(), z);
      row.value[g * row.hidden + u] = from_fixed(gate[g], kGateValueBits);
    }
    const std::int32_t before = to_fixed(s.c_before[row.at + u], bits);
    const std::int32_t c =
        clamp16(rounded_shift(gate[1] * before, 15) + rounded_shift(gate[0] * gate[2], 30 - bits));
    const std::int32_t argument = bits <= 12 ? clamp16(c * (1 << (12 - bits))) : rounded_shift(c, bits - 12);
    const std::int32_t inner = gate_value(tanh_table(), argument);
    s.c[row.at + u] = from_fixed(c, bits);
    s.inner[row.at + u] = from_fixed(inner, kGateValueBits);
    s.h[row.at + u] = from_fixed(rounded_shift(gate[3] * inner, 15), kGateValueBits);
  }
}

void gru_real(const CellStep& s, const Row& row) {
  for (const long gate : {0, 1}) row.out(gate) = 1 / (1 + (-(row.x(gate) + row.r(gate))).exp());
  Units(s.inner + row.at, row.n) = row.r(2);
  row.out(2) = (row.x(2) + row.out(0) * row.r(2)).tanh();
  const Units z = row.out(1), n = row.out(2);
  Units(s.h + row.at, row.n) = (1 - z) * n + z * ConstUnits(s.h_before + row.at, row.n);
}

void gru_fixed(const CellStep& s, const Row& row) {
  const auto store = [&](long gate, long u, std::int32_t v) {
    row.value[gate * row.hidden + u] = from_fixed(v, kGateValueBits);
  };
  for (long u = 0; u < row.n; ++u) {
    std::int32_t gate[2];
    for (long g = 0; g < 2; ++g) {
      gate[g] = gate_value(sigmoid_table(),
                           gate_argument(row.input[g * row.hidden + u] + row.recurrent[g * row.n + u]));
      store(g, u, gate[g]);
    }
    const std::int32_t recurrent = gate_argument(row.recurrent[2 * row.n + u]);
    const std::int32_t sum =
        clamp16(gate_argument(row.input[2 * row.hidden + u]) + rounded_shift(gate[0] * recurrent, 15));
    const std::int32_t n = gate_value(tanh_table(), sum);
    store(2, u, n);
    s.inner[row.at + u] = from_fixed(recurrent, kGateArgumentBits);
    const std::int32_t before = to_fixed(s.h_before[row.at + u], kGateValueBits);
    const std::int32_t h = rounded_shift((kIntegerOne - gate[1]) * n + gate[1] * before, 15);
    s.h[row.at + u] = from_fixed(h, kGateValueBits);
  }
}

struct GradientRow {
  GradientRow(const CellStepGradient& s, long row, long gates)
      : n(s.units.size()),
        at(row * s.hidden + s.units.begin),
        gates_at(row * gates * s.hidden + s.units.begin),
        step(s) {}
  long n, at, gates_at;
  const CellStepGradient& step;

  ConstUnits gate(long g) const { return {step.gates + gates_at + g * step.hidden, n}; }
  ConstUnits state(const Real* values) const { return {values + at, n}; }
  Units state(Real* values) const { return {values + at, n}; }
  Units dinput(long g) const { return {step.dinput + gates_at + g * step.hidden, n}; }
  Units drecurrent(long g) const { return {step.drecurrent + gates_at + g * step.hidden, n}; }
};

void lstm_backward(const CellStepGradient& s, const GradientRow& row, const CellFormat& format) {
  const ConstUnits i = row.gate(0), f = row.gate(1), g = row.gate(2), o = row.gate(3);
  const ConstUnits inner = row.state(s.inner), dh = row.state(s.dh), c_before = row.state(s.c_before);
  Units dc = row.state(s.carry);
  dc += dh * o * (1 - inner * inner);
  if (format.fixed) {
    const Real lo = from_fixed(-32768, format.cell_fraction_bits),
               hi = from_fixed(32767, format.cell_fraction_bits);
    const ConstUnits c = row.state(s.c);
    dc = (c > lo && c < hi).select(dc, Real(0));
  }
  row.dinput(0) = dc * g * i * (1 - i);
  row.dinput(1) = dc * c_before * f * (1 - f);
  row.dinput(2) = dc * i * (1 - g * g);
  row.dinput(3) = dh * inner * o * (1 - o);
  dc *= f;
}

void gru_backward(const CellStepGradient& s, const GradientRow& row) {
  const ConstUnits r = row.gate(0), z = row.gate(1), n = row.gate(2);
  const ConstUnits inner = row.state(s.inner), h_before = row.state(s.h_before);
  Units carry = row.state(s.carry);
  carry += row.state(s.dh);  // all of dh'
  row.dinput(2) = carry * (1 - z) * (1 - n * n);
  row.dinput(1) = carry * (h_before - n) * z * (1 - z);
  row.dinput(0) = row.dinput(2) * inner * r * (1 - r);
  row.drecurrent(0) = row.dinput(0);
  row.drecurrent(1) = row.dinput(1);
  row.drecurrent(2) = row.dinput(2) * r;
  carry *= z;
}

}  // namespace

void cell_forward(RecurrentKind kind, const CellFormat& format, const CellStep& step) {
  for (long b = 0; b < step.rows; ++b) {
    const Row row(step, b, gates_of(kind));
    if (kind == RecurrentKind::lstm) {
      format.fixed ? lstm_fixed(step, row, format.cell_fraction_bits) : lstm_real(step, row);
    } else {
      format.fixed ? gru_fixed(step, row) : gru_real(step, row);
    }
  }
}

void cell_backward(RecurrentKind kind, const CellFormat& format, const CellStepGradient& step) {
  for (long b = 0; b < step.rows; ++b) {
    const GradientRow row(step, b, gates_of(kind));
    kind == RecurrentKind::lstm ? lstm_backward(step, row, format) : gru_backward(step, row);
  }
}

}  // namespace nibble::kernels
