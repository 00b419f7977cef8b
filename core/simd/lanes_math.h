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

/// ln v of a normal v > 0, to two units in the last place (Cephes' logf: v = 2ⁿ · m with √½ ≤ m < √2, and a
/// polynomial for ln m). In double the standard library's.
NIBBLE_LANES Values log(Values v) {
  if constexpr (sizeof(Real) == sizeof(float)) {
    Ints bits;
    std::memcpy(&bits, &v, sizeof bits);
    const Ints above_root = (bits & 0x7FFFFF) > 0x3504F3 ? Ints{} - 1 : Ints{};  // of m · 2²³
    const Values n = __builtin_convertvector((bits >> 23) - 127 - above_root, Values);
    const Ints mantissa = (bits & 0x7FFFFF) | ((above_root + 127) << 23);
    Values m;
    std::memcpy(&m, &mantissa, sizeof m);
    m -= Real(1);
    const Values square = m * m;
    Values p = m * Real(7.0376836292e-2) - Real(1.1514610310e-1);
    p = p * m + Real(1.1676998740e-1);
    p = p * m - Real(1.2420140846e-1);
    p = p * m + Real(1.4249322787e-1);
    p = p * m - Real(1.6668057665e-1);
    p = p * m + Real(2.0000714765e-1);
    p = p * m - Real(2.4999993993e-1);
    p = p * m + Real(3.3333331174e-1);
    const Values rest = p * m * square - n * Real(2.12194440e-4) - square * Real(0.5);
    return m + rest + n * Real(0.693359375);
  } else {
    for (long i = 0; i < kCount; ++i) v[i] = std::log(v[i]);
    return v;
  }
}

/// 1 / (1 + e⁻ᵛ)
NIBBLE_LANES Values logistic(Values v) { return Real(1) / (Real(1) + exp(-v)); }

}  // namespace nibble::lanes
