#pragma once

#include "core/kernels/conv/conv2d_codes.h"
#include "layers/signal.h"
#include "quant/quantizer.h"

namespace nibble {

/// A layer's weight behind its quantizer, or as it is.
Quantized quantized(const std::optional<Quantizer>& quantizer, const Var& weight);

/// The signed codes of a quantized weight [O, ...] and one scale for each output; w has codes.
kernels::CodedWeight coded_weight(const Quantized& w);

/// Whether a layer computes the product of its input and its weight on their codes: where that is planned.
/// Both have codes then, but for values that are not numbers; the plan is told of that.
bool multiplies_codes(const Signal& x, const Quantized& w, const Pass& pass);

}  // namespace nibble
