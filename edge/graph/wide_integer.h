#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "core/check.h"

namespace nibble::edge {

__extension__ typedef __int128 Int128;  // no 128-bit type in the standard

/// An accumulator as the device holds it. Throws Error, opened by `who`, where int32 cannot.
inline std::int64_t checked_accumulator(std::int64_t acc, const std::string& who) {
  check(std::numeric_limits<std::int32_t>::min() <= acc && acc <= std::numeric_limits<std::int32_t>::max(),
        who, ": found accumulator ", acc, ", expected 32 bits to hold it");
  return acc;
}

/// ⌊v / 2ⁿ⌋ of a number that the device holds in 64 bits. Throws Error, opened by `who`, where it cannot.
inline std::int64_t checked_shift(Int128 v, int n, const std::string& who) {
  check(std::numeric_limits<std::int64_t>::min() <= v && v <= std::numeric_limits<std::int64_t>::max(), who,
        ": found a product beyond 64 bits, expected a smaller shift");
  return static_cast<std::int64_t>(v >> n);
}

}  // namespace nibble::edge
