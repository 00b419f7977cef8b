#include "edge/run/code_lines.h"

#include <cmath>
#include <type_traits>

#include "edge/graph/float_line.h"

namespace nibble::edge {

namespace {

// In one precision for all channels.
template <typename Number>
std::optional<kernels::CodeLines> lines_in(const Requantization& r, long channels,
                                           std::span<const AccumulatorRange> ranges) {
  constexpr double kFarthest = 1 << 30;
  kernels::CodeLines lines{{}, {}, r.lo, r.hi, std::is_same_v<Number, double>};
  for (long channel = 0; channel < channels; ++channel) {
    const auto c = r.mult.size() == 1 ? 0 : static_cast<std::size_t>(channel);
    const AccumulatorRange& range = ranges[ranges.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
    const auto line = equal_line<Number>(r.mult[c], r.offset[c], r.shift, r.lo, r.hi, range);
    if (!line) return std::nullopt;
    const double gain = line->gain, addend = line->addend;
    if (std::abs(gain) * static_cast<double>(range.magnitude()) + std::abs(addend) > kFarthest)
      return std::nullopt;
    lines.gain.push_back(gain);
    lines.addend.push_back(addend);
  }
  return lines;
}

}  // namespace

std::optional<kernels::CodeLines> code_lines(const Requantization& r, long channels,
                                             std::span<const AccumulatorRange> ranges) {
  if (!r.mult2.empty()) return std::nullopt;
  auto lines = lines_in<float>(r, channels, ranges);
  return lines ? lines : lines_in<double>(r, channels, ranges);
}

}  // namespace nibble::edge
