#include "edge/run/reference_image.h"

namespace nibble::edge {

std::int64_t requantized(const NodeView& node, const Requantization& r, std::int64_t acc, long channel) {
  checked_accumulator(acc, node.who);
  const auto c = r.mult.size() == 1 ? 0 : static_cast<std::size_t>(channel);
  std::int64_t v = shifted(node, Int128{acc} * r.mult[c] + r.offset[c], r.shift);
  if (!r.mult2.empty()) v = std::max(v, shifted(node, Int128{acc} * r.mult2[c] + r.offset2[c], r.shift));
  return std::clamp<std::int64_t>(v, r.lo, r.hi);
}

// Blocks of 4096 products of at most 255 · 128 fit int32, so the inner loop becomes vector instructions;
// blocks are summed in 64 bits.
std::int64_t dot(const std::int16_t* a, const std::int16_t* b, long n) {
  constexpr long kBlock = 4096;
  std::int64_t sum = 0;
  for (long begin = 0; begin < n; begin += kBlock) {
    const long end = std::min(begin + kBlock, n);
    std::int32_t block = 0;
    for (long i = begin; i < end; ++i) block += std::int32_t{a[i]} * std::int32_t{b[i]};
    sum += block;
  }
  return sum;
}

ElementAt::ElementAt(const NodeView& node, long index) {
  const Shape& out = node.out().shape;
  const long channels = out.back();
  c = index % channels;
  if (out.rank() != 3) return;
  ow = index / channels % out[1];
  oh = index / channels / out[1];
}

}  // namespace nibble::edge
