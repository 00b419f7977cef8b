#pragma once

#include <cstdint>

#include "core/bfloat16.h"
#include "core/kernels/onednn/plan.h"

namespace nibble::kernels::onednn {

// Conversion of floats to operands of the backward pass.

struct AsFloat {
  using Element = float;
  static constexpr Type kType = Type::f32;
  static float convert(float v) { return v; }
};

struct AsBfloat16 {
  using Element = std::uint16_t;
  static constexpr Type kType = Type::bf16;
  static std::uint16_t convert(float v) { return bfloat16_bits(v); }
};

/// into[m, o] = dy[m, o] · scale[o]
template <typename As>
void scale_gradient(const float* dy, const float* scale, long rows, long channels,
                    typename As::Element* into) {
  for (long m = 0; m < rows; ++m) {
    for (long o = 0; o < channels; ++o) into[m * channels + o] = As::convert(dy[m * channels + o] * scale[o]);
  }
}

template <typename As, typename Code>
void codes_as_operand(const Code* codes, long n, int origin, typename As::Element* into) {
  for (long i = 0; i < n; ++i) into[i] = As::convert(static_cast<float>(codes[i] - origin));
}

}  // namespace nibble::kernels::onednn
