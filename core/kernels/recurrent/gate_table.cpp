#include "core/kernels/recurrent/gate_table.h"

#include <algorithm>
#include <cmath>

namespace nibble::kernels {
namespace {

template <typename Function>
GateTable tabulate(Function f) {
  GateTable table{};
  for (std::size_t k = 0; k < table.size(); ++k) {
    const double z = (static_cast<double>(k) * (1 << kGateSegmentBits) - 32768.0) / (1 << kGateArgumentBits);
    const double v = std::floor(f(z) * (1 << kGateValueBits) + 0.5);
    table[k] = static_cast<std::int16_t>(std::clamp(v, -32767.0, 32767.0));
  }
  return table;
}

}  // namespace

const GateTable& sigmoid_table() {
  static const GateTable table = tabulate([](double z) { return 1 / (1 + std::exp(-z)); });
  return table;
}

const GateTable& tanh_table() {
  static const GateTable table = tabulate([](double z) { return std::tanh(z); });
  return table;
}

}  // namespace nibble::kernels
