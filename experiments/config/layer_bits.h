#pragma once

#include <string>
#include <vector>

namespace nibble {

/// The bits of a network's layers, each number once, that of the whole network first: {4, 8} where
/// quant.override gives some layers 8. quant.first_and_last_bits and the like are left out, as is usual.
struct LayerBits {
  std::vector<int> weights, activations;  // activations: of what enters a layer
};

/// Of a network with so many bits. overrides: values of quant.override, as a config holds them. layers: paths
/// of the layers with weights, for which the last match wins; where they are not known, every override
/// counts. Throws Error for an override that is none.
LayerBits layer_bits(int weight_bits, int activation_bits, const std::vector<std::string>& overrides,
                     const std::vector<std::string>& layers);

}  // namespace nibble
