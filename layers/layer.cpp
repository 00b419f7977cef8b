#include "layers/layer.h"

namespace nibble {

const char* kind(const Layer& layer) {
  return std::visit(
      overloaded{
          [](const InputLayer&) { return "input"; },
          [](const Conv2d&) { return "conv2d"; },
          [](const Linear&) { return "linear"; },
          [](const BatchNorm&) { return "batch_norm"; },
          [](const Activation& activation) { return name(activation.options.kind); },
          [](const Add&) { return "add"; },
          [](const Multiply&) { return "multiply"; },
          [](const Concat&) { return "concat"; },
          [](const Pool& pool) { return pool.options.kind == PoolKind::max ? "max_pool" : "average_pool"; },
          [](const GlobalPool&) { return "global_pool"; },
          [](const Upsample&) { return "upsample"; },
          [](const Flatten&) { return "flatten"; },
          [](const Subsample&) { return "subsample"; },
          [](const Dropout&) { return "dropout"; },
          [](const Slice&) { return "slice"; },
          [](const ActivationQuantizer&) { return "quantizer"; },
          [](const Embedding&) { return "embedding"; },
          [](const Recurrent& recurrent) { return name(recurrent.options.kind); },
      },
      layer);
}

bool keeps_grid(const Layer& layer) {
  return std::visit(overloaded{
                        [](const InputLayer&) { return false; },
                        [](const Conv2d&) { return false; },
                        [](const Linear&) { return false; },
                        [](const BatchNorm&) { return false; },
                        [](const Activation&) { return false; },
                        [](const Add&) { return false; },
                        [](const Multiply&) { return false; },
                        [](const Concat&) { return false; },  // only if its inputs share a grid
                        [](const Pool& pool) { return pool.options.kind == PoolKind::max; },
                        [](const GlobalPool&) { return false; },
                        [](const Upsample&) { return true; },
                        [](const Flatten&) { return true; },
                        [](const Subsample&) { return true; },
                        [](const Dropout&) { return true; },
                        [](const Slice&) { return true; },
                        [](const ActivationQuantizer&) { return false; },
                        [](const Embedding&) { return false; },
                        [](const Recurrent&) { return false; },
                    },
                    layer);
}

bool has_weights(const Layer& layer) {
  return std::holds_alternative<Conv2d>(layer) || std::holds_alternative<Linear>(layer) ||
         std::holds_alternative<Embedding>(layer) || std::holds_alternative<Recurrent>(layer);
}

std::vector<Weights> weights(Layer& layer) {
  if (auto* conv = std::get_if<Conv2d>(&layer)) return {{conv->weight, &conv->weight_quantizer}};
  if (auto* linear = std::get_if<Linear>(&layer)) return {{linear->weight, &linear->weight_quantizer}};
  if (auto* table = std::get_if<Embedding>(&layer)) return {{table->weight, &table->weight_quantizer}};
  if (auto* recurrent = std::get_if<Recurrent>(&layer)) {
    return {{recurrent->input_weight, &recurrent->input_quantizer},
            {recurrent->recurrent_weight, &recurrent->recurrent_quantizer}};
  }
  return {};
}

}  // namespace nibble
