#pragma once

#include "edge/integer_graph.h"
#include "edge/integer_value.h"

namespace nibble::edge {

/// The fast twin of run_reference, equal in every bit. Convolutions and linear layers run on the float
/// kernels of training: products and sums of integers are exact in float while Σ|w|·top < 2²⁴, which is
/// proven per output channel; a layer where it does not hold falls back to the reference's loops.
Array<std::int32_t> evaluate(const IntegerGraph& graph, const Array<std::uint8_t>& input,
                             const IntegerObserver& observe = {});

/// Whether float arithmetic computes this layer's accumulators exactly. top: highest code of its input.
bool exact_in_float(const IntegerConv& conv, long out_channels, int top);
bool exact_in_float(const IntegerLinear& linear, long out_features, int top);

}  // namespace nibble::edge
