#pragma once

#include <array>
#include <cstdint>

namespace nibble::kernels {

/// One byte for each byte.
using ByteTable = std::array<std::uint8_t, 256>;

/// to[i] = table[from[i]], 0 ≤ i < n; `to` may be `from`. Where the processor permutes bytes over two
/// registers (AVX-512 VBMI), 64 at a time.
void look_up(const ByteTable& table, const std::uint8_t* from, long n, std::uint8_t* to);

namespace plain {
void look_up(const ByteTable& table, const std::uint8_t* from, long n, std::uint8_t* to);
}

}  // namespace nibble::kernels
