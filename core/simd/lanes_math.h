#pragma once

#include "core/simd/lanes.h"

namespace nibble::lanes {

/// eᵛ to two units in the last place, limited to what float can hold (Cephes' expf: v = n · ln 2 + r with
/// |r| ≤ ln 2 / 2, and a polynomial for eʳ). In double the standard library's.
NIBBLE_LANES Values exp(Values v) {
  if constexpr (sizeof(Real) == sizeof(float)) {
    v = min(max(v, all(Real(-87.3))), all(Real(88.3)));
    const Values n = floor(v * Real(1.44269504088896341) + Real(0.5));
    const Values r = v - n * Real(0.693359375) + n * Real(2.12194440e-4);
    Values p = r * Real(1.9875691500e-4) + Real(1.3981999507e-3);
    p = p * r + Real(8.3334519073e-3);
    p = p * r + Real(4.1665795894e-2);
    p = p * r + Real(1.6666665459e-1);
    p = p * r + Real(5.0000001201e-1);
    p = p * (r * r) + r + Real(1);
    const Ints power = (truncated(n) + 127) << 23;  // 2ⁿ
    Values scale;
    std::memcpy(&scale, &power, sizeof scale);
    return p * scale;
  } else {
    for (long i = 0; i < kCount; ++i) v[i] = std::exp(v[i]);
    return v;
  }
}

/// 1 / (1 + e⁻ᵛ)
NIBBLE_LANES Values logistic(Values v) { return Real(1) / (Real(1) + exp(-v)); }

}  // namespace nibble::lanes
