#pragma once

#include <string>
#include <vector>

#include "layers/network/network.h"

namespace nibble {

/// One row of the table that `nibble inspect` prints.
struct NodeSummary {
  std::string name;
  std::string kind;
  Shape shape;               // of the output, without the batch
  long parameters = 0;       // weights, biases, and those of norms; not running statistics, not quantizers
  long macs = 0;             // products of a weight and an activation, for one sample
  int weight_bits = 0;       // 32: float; 0: no weights
  int activation_bits = 32;  // of the output: those of its codes, or 32 for real numbers
  std::string runs_as = {};  // in training (layers/network/runs_as.h)
  long weight_bytes = 0;     // of the weights in the storage of the device: two a byte up to 4 bits, each row
                             // (output channel) from a new byte; one a byte up to 8 bits; 4 bytes in float
};

std::vector<NodeSummary> summarize(Network& network);

}  // namespace nibble
