#include "edge/run/float_add.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "edge/graph/fixed_point.h"

namespace nibble::edge {

std::optional<kernels::CodeAddLine> equal_float_add(const IntegerAdd& add, int top1, int top2) {
  if (!kernels::code_add_fits() || add.line2) return std::nullopt;
  const kernels::CodeAddLine line{
      static_cast<float>(std::ldexp(add.line.mult1, -add.shift)),
      static_cast<float>(std::ldexp(add.line.mult2, -add.shift)),
      static_cast<float>(std::ldexp(static_cast<double>(add.line.offset), -add.shift)), add.lo, add.hi};
  const auto n = static_cast<std::size_t>(top2 + 1);
  std::vector<std::uint8_t> first(n), second(n), codes(n);
  for (int q2 = 0; q2 <= top2; ++q2) second[static_cast<std::size_t>(q2)] = static_cast<std::uint8_t>(q2);
  for (int q1 = 0; q1 <= top1; ++q1) {
    std::fill(first.begin(), first.end(), static_cast<std::uint8_t>(q1));
    kernels::code_add(line, first.data(), second.data(), static_cast<long>(n), codes.data());
    for (int q2 = 0; q2 <= top2; ++q2) {
      if (codes[static_cast<std::size_t>(q2)] != apply(add, q1, q2)) return std::nullopt;
    }
  }
  return line;
}

}  // namespace nibble::edge
