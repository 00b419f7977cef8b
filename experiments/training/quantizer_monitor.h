#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiments/results/record.h"
#include "layers/network/network.h"

namespace nibble {

/// What one quantizer does at a moment of training: its scale and shift, and how often each code occurs.
struct QuantizerState {
  std::vector<double> scale, shift;  // by channel; one where one serves the whole tensor
  CodeHistogram codes;               // of a weight, from the lowest code to the highest one that occurs
};

/// The path of a layer's weight, by its place among weights(): "layer1/0/conv1/weight"; of a recurrent layer
/// "lstm1/input/weight" and "lstm1/recurrent/weight".
std::string weight_path(const NetworkNode& node, std::size_t index);

/// The state of every quantizer by path ("layer1/0/conv1/weight", "layer1/0/act1/quant", "lstm1/hidden"),
/// from one evaluation pass over sample: [N, ...], of a language model the steps of so many sequences.
std::map<std::string, QuantizerState> observe_quantizers(Network& network, const Tensor& sample,
                                                         long sequences = 0);

/// One sentence for each quantizer that is dead (all codes equal) or has a scale or shift that is not finite.
std::vector<std::string> find_faults(const std::map<std::string, QuantizerState>& states);

/// One sentence for each quantizer with a learned scale, or clip level, that has shrunk below 1/1000 of its
/// first value or grown beyond 1000 times that: "quantizer 'gru1/hidden' has collapsed: ...".
std::vector<std::string> find_runaway_scales(Network& network);

/// "weight 'conv1/weight' is not finite" of the first parameter or statistic of which that is so; else empty.
std::string find_non_finite_parameter(Network& network);

/// After a backward pass, of the last parameter in the network whose gradient is not finite, which is where
/// the fault came up first: "; nearest to the loss, ..."; empty where all are finite.
std::string find_non_finite_gradient(Network& network);

/// After a loss that is not finite: the first layer, in order, whose parameters or outputs on this batch are
/// not finite, as a sentence.
std::string find_non_finite(Network& network, const Tensor& batch, long sequences = 0);

}  // namespace nibble
