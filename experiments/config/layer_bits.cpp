#include "experiments/config/layer_bits.h"

#include <algorithm>

#include "experiments/config/config.h"
#include "layers/network/quantize_plan.h"

namespace nibble {
namespace {

std::vector<LayerOverride> parse_overrides(const std::vector<std::string>& texts) {
  ExperimentConfig config;
  Options options;
  describe(options, config);
  std::vector<Setting> settings;
  for (const std::string& text : texts) settings.push_back({"quant.override", text, "config"});
  options.apply(settings);
  return config.quant.overrides;
}

void add_once(std::vector<int>& bits, int found) {
  if (std::find(bits.begin(), bits.end(), found) == bits.end()) bits.push_back(found);
}

// `general` first where it occurs, the others from few to many.
std::vector<int> ordered(std::vector<int> bits, int general) {
  std::sort(bits.begin(), bits.end(),
            [&](int a, int b) { return (a == general) != (b == general) ? a == general : a < b; });
  return bits;
}

}  // namespace

LayerBits layer_bits(int weight_bits, int activation_bits, const std::vector<std::string>& overrides,
                     const std::vector<std::string>& layers) {
  LayerBits found;
  const std::vector<LayerOverride> parsed = parse_overrides(overrides);
  for (const std::string& layer : layers) {
    int weights = weight_bits, activations = activation_bits;
    for (const LayerOverride& o : parsed) {
      if (!matches(o.pattern, layer)) continue;
      if (o.weight_bits) weights = o.weight_bits;
      if (o.activation_bits) activations = o.activation_bits;
    }
    add_once(found.weights, weights);
    add_once(found.activations, activations);
  }
  if (layers.empty()) {
    found = {{weight_bits}, {activation_bits}};
    for (const LayerOverride& o : parsed) {
      if (o.weight_bits) add_once(found.weights, o.weight_bits);
      if (o.activation_bits) add_once(found.activations, o.activation_bits);
    }
  }
  return {ordered(found.weights, weight_bits), ordered(found.activations, activation_bits)};
}

}  // namespace nibble
