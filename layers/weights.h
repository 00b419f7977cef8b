#pragma once

#include <optional>
#include <vector>

#include "quant/quantizer.h"

namespace nibble {

/// One weight of a layer and the place of its quantizer.
struct Weights {
  Var weight;
  std::optional<Quantizer>* quantizer = nullptr;
};

/// A layer that has some.
template <typename LayerType>
concept HasWeights = requires(LayerType layer) {
  layer.weights();
};

}  // namespace nibble
