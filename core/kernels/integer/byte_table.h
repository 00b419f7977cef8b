#pragma once

#include <array>
#include <cstdint>

namespace nibble::kernels {

/// A byte for each value of a byte.
using ByteTable = std::array<std::uint8_t, 256>;

/// to[i] = table[from[i]] for 0 ≤ i < n. `to` may be `from`. 64 bytes at a time on processors that permute
/// bytes over two registers (AVX-512 VBMI).
void look_up(const ByteTable& table, const std::uint8_t* from, long n, std::uint8_t* to);

namespace plain {
void look_up(const ByteTable& table, const std::uint8_t* from, long n, std::uint8_t* to);
}

}  // namespace nibble::kernels
