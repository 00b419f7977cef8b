#include "edge/code_lines.h"

#include "edge/float_line.h"

namespace nibble::edge {

std::optional<kernels::CodeLines> code_lines(const Requantization& r, long channels,
                                             std::span<const AccumulatorRange> ranges) {
  constexpr float kFarthest = 1 << 30;
  if (!r.mult2.empty()) return std::nullopt;
  kernels::CodeLines lines{{}, {}, r.lo, r.hi};
  for (long channel = 0; channel < channels; ++channel) {
    const auto c = r.mult.size() == 1 ? 0 : static_cast<std::size_t>(channel);
    const AccumulatorRange& range = ranges[ranges.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
    const auto line = equal_float_line(r.mult[c], r.offset[c], r.shift, r.lo, r.hi, range);
    if (!line) return std::nullopt;
    const float farthest =
        std::abs(line->gain) * static_cast<float>(range.magnitude()) + std::abs(line->addend);
    if (farthest > kFarthest) return std::nullopt;
    lines.gain.push_back(line->gain);
    lines.addend.push_back(line->addend);
  }
  return lines;
}

}  // namespace nibble::edge
