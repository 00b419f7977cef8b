#pragma once

#include <string>
#include <vector>

#include "edge/graph/integer_graph.h"
#include "layers/network/network.h"

namespace nibble::edge {

/// How the codes of one layer differ between fake-quantized float and integers.
struct LayerAgreement {
  std::string layer;
  long codes = 0;
  long ties = 0;         // differ, but the exact value is within 1/1024 of where the code changes
  long differing = 0;    // differ otherwise
  int largest_step = 0;  // largest difference of two codes, ties apart
};

/// Feeds each integer node the codes that the network itself computed in front of it, and compares what comes
/// out with the network's codes behind it; so errors do not add up over the layers. x: [N, ...sample].
/// Scores, which are no codes, are left out. The contract allows 0.1 % of differing codes and steps of one.
/// Ties are counted apart: an average of codes is often exactly half way between two codes, and there the
/// rounding of training's float32 decides by chance.
std::vector<LayerAgreement> compare_with_network(Network& network, const IntegerGraph& graph,
                                                 const Tensor& x);

/// The same for a graph that reads text: x [steps · sequences, 1], tokens, time-major. Step by step each
/// integer node gets the codes, and each recurrent one the state, that the network itself had in front of it.
std::vector<LayerAgreement> compare_with_network(Network& network, const IntegerGraph& graph, const Tensor& x,
                                                 long sequences);

/// Adds a later batch, layer by layer.
void accumulate(std::vector<LayerAgreement>& total, const std::vector<LayerAgreement>& more);

}  // namespace nibble::edge
