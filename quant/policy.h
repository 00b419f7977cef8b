#pragma once

#include <string>
#include <vector>

#include "quant/grids/live_grid.h"
#include "quant/grids/quantizer_options.h"

namespace nibble {

/// One scale for a whole weight tensor, or one for each output channel.
enum class Granularity { tensor, channel };

/// Codes of activations: automatic is unsigned, with a shift where the method learns one, and signed without
/// a shift for methods that have none where values are negative.
enum class Sign { automatic, is_signed, is_unsigned };

/// What of a recurrent layer is computed as on the device: only its matrix products, as the published results
/// do it, with gates and state in real numbers; or gates, tables and state too.
enum class QuantScope { products, all };

/// The codes of weights in the end: nearest to each number, or those that keep the layer's sums near, for
/// which the weights themselves are moved when training is over (layers/network/round_weights.h).
enum class WeightRounding { nearest, compensated };

/// Settings for the nodes whose path matches a pattern (* any text, ? one character). 0 leaves a setting as
/// it is.
struct LayerOverride {
  std::string pattern;
  int weight_bits = 0;
  int activation_bits = 0;  // of the codes that enter the layer
};

/// How a network is quantized; quantize() carries it out.
struct QuantPolicy {
  QuantMethod method = QuantMethod::none;
  int weight_bits = 4;
  int activation_bits = 4;
  int first_and_last_bits = 8;  // weights and inputs of the first and last layer with weights, but the image
  int input_bits = 8;           // the image
  int join_bits = 8;            // branches of residual additions and products; 4 for an all-4-bit network
  int table_bits = 8;           // codes that enter a table (swish, hard swish, mish, sigmoid, tanh)
  Granularity weight_granularity = Granularity::channel;
  Sign activation_sign = Sign::automatic;
  Initialization weight_initialization = Initialization::own;
  Initialization activation_initialization = Initialization::own;
  WeightRounding weight_rounding = WeightRounding::nearest;
  int rounding_samples = 8192;  // images or tokens from which compensated rounding takes its moments
  bool equalize = false;        // ranges of neighbouring convolutions, before they are quantized
  bool correct_biases = false;  // of what rounded weights add to the mean, at the end of a calibration
  double percentile = 99.9;
  GradientScale gradient_scale = GradientScale::elements;
  Border border = Border::nearest_zero;
  QuantScope scope = QuantScope::all;
  std::vector<LayerOverride> overrides;
};

}  // namespace nibble
