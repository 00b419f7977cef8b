#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "layers/network/network.h"
#include "layers/network/quantize_plan.h"

namespace nibble {

// A network in pieces that each have bits of their own, so that one of them can be quantized while all others
// stay in real numbers. quantize() puts quantizers everywhere.

/// What of a layer has bits of its own (quant.override).
enum class PartKind { weight, input };
/// "weight", "input"
const char* name(PartKind kind);

/// The weights of a layer, or what enters it. What enters a recurrent layer is its input and, one step later,
/// its own output: both have the bits of one override.
struct LayerPart {
  NodeRef layer;
  PartKind kind = PartKind::weight;
  long values = 0;                                 // weights; or values that enter with one sample
  int bits = 0;                                    // that the policy gives it
  bool edge = false;                               // of the first or the last layer with weights
  std::vector<PlannedWeight> weights = {};         // kind weight: one, or two of a recurrent layer
  std::optional<QuantizerOptions> x = {}, h = {};  // kind input: of the layer's input and its state
};

/// In the order of the network, a layer's weights before its input. Layers whose input is quantized by nobody
/// (embeddings), or by the layer in front as its state, have no input here. The policy has a method. Throws
/// Error as plan_quantization does.
std::vector<LayerPart> layer_parts(const Network& network, const QuantPolicy& policy);

/// The quantizers of a part: of the weights in their order, or of x and h, as far as it has them.
using PartQuantizers = std::vector<Quantizer>;

/// Quantizers of each part at each of these bits, [part][bits], with first scales and shifts: of weights from
/// the weights, of inputs and states from the values that a settled network without any quantizer has on this
/// sample: [N, ...], of a network with recurrent layers the steps of so many sequences.
std::vector<std::vector<PartQuantizers>> calibrated_parts(Network& network,
                                                          const std::vector<LayerPart>& parts,
                                                          std::span<const int> bits, const Tensor& sample,
                                                          long sequences = 0);

/// The network with these quantizers of one part and no other ones. It shares the weights. An input's
/// quantizer stands right in front of its layer, so that no other reader sees its codes.
Network with_part(const Network& network, const LayerPart& part, const PartQuantizers& quantizers,
                  Border border);

}  // namespace nibble
