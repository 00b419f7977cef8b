#pragma once

#include <cstdint>
#include <cstring>

#include "core/real.h"

namespace nibble {

/// The nearest bfloat16, ties to even.
inline Real to_bfloat16(Real v) {
  const float f = static_cast<float>(v);
  std::uint32_t bits;
  std::memcpy(&bits, &f, sizeof bits);
  bits = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return static_cast<Real>(result);
}

}  // namespace nibble
