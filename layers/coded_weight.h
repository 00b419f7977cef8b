#pragma once

#include "core/kernels/conv/conv2d_codes.h"
#include "quant/quantizer.h"

namespace nibble {

/// A layer's weight behind its quantizer, or as it is.
inline Quantized quantized(const std::optional<Quantizer>& quantizer, const Var& weight) {
  return quantizer ? nibble::apply(*quantizer, weight) : Quantized{weight, {}, {}};
}

/// The signed codes of a quantized weight [O, ...] and one scale for each output; w has codes.
kernels::CodedWeight coded_weight(const Quantized& w);

}  // namespace nibble
