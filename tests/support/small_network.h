#pragma once

#include "experiments/tasks/task.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

namespace nibble {

/// A network for a task, with quantizers whose first scales are of 32 samples unless the method is none; PACT
/// and DoReFa take one scale a tensor.
inline Network small_network(const Task& task, const ModelOptions& model, QuantMethod method) {
  Network network = build_model(model, task.sample_shape(), task.classes(), Rng(3));
  if (method == QuantMethod::none) return network;
  QuantPolicy policy;
  policy.method = method;
  if (method == QuantMethod::pact || method == QuantMethod::dorefa)
    policy.weight_granularity = Granularity::tensor;
  quantize(network, policy);
  initialize_quantizers(network, task.calibration_sample(32).x);
  return network;
}

}  // namespace nibble
