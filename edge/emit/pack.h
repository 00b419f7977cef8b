#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nibble::edge {

// Two 4-bit codes a byte: low nibble first, two's complement, each row (output channel) starting on a byte. A
// row of odd length ends with a high nibble of 0. The C side of this convention is
// edge/kernels/portable/nbl_dot.h.

/// codes: rows of equal length, each −8 ... 7; throws Error for a code outside. Returns rows · ⌈row/2⌉ bytes.
std::vector<std::uint8_t> pack_nibbles(std::span<const std::int8_t> codes, long rows);

/// The same for activation codes, each 0 ... 15. The C side is edge/kernels/portable/nbl_embedding_a4.c.
std::vector<std::uint8_t> pack_codes(std::span<const std::uint8_t> codes, long rows);

/// The inverse of pack_nibbles: rows of `row` codes.
std::vector<std::int8_t> unpack_nibbles(std::span<const std::uint8_t> packed, long rows, long row);

}  // namespace nibble::edge
