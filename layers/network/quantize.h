#pragma once

#include "layers/network/network.h"
#include "quant/policy.h"

namespace nibble {

/// Attaches weight quantizers and inserts activation quantizers as the policy says; the float model and the
/// 4-bit model are the same definition. Scales are not set yet: initialize_quantizers does that, or a
/// checkpoint. Activation quantizers stand where codes are produced, so that integers exist on every edge
/// between layers with arithmetic: named PRODUCER/quant (activation codes), PRODUCER/join (branches of
/// additions and inputs of means), PRODUCER/table (inputs of tables); quantize_plan.h has the rules. Nothing
/// happens for method none. Throws Error for an override whose pattern matches no layer with weights.
void quantize(Network& network, const QuantPolicy& policy);

/// Weight quantizers from their weights, activation quantizers from one forward pass over sample: [N, ...],
/// (of a network with recurrent layers the steps of so many sequences, time-major), each seeing inputs that
/// the ones before it have quantized already. Only those without a scale are touched. Norms take the sample's
/// own statistics, as training will, or those of a network that is settled: not trained any more.
void initialize_quantizers(Network& network, const Tensor& sample, long sequences = 0, bool settled = false);

}  // namespace nibble
