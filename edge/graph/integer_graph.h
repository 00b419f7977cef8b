#pragma once

#include <optional>
#include <string>
#include <vector>

#include "edge/graph/box_decoder.h"
#include "edge/graph/integer_ops.h"

namespace nibble::edge {

// The integer world: nodes and tensors, no behaviour. All activations are unsigned codes of at most one byte,
//   real = scale · code + shift,   0 ≤ code ≤ top
// (a signed grid is the same grid with its lowest code moved to 0). An output may hold scores instead, and
// the first tensor tokens: then the graph reads a text, one token a step, and may hold recurrent nodes.

struct IntegerTensor {
  std::string name;  // of the network node it stands for: "layer1/0/conv1/quant"
  Shape shape;       // without the batch
  int top = 255;     // highest code, or token
  int lowest = 0;    // of the trained grid: its codes lowest ... lowest + top were moved to 0 ... top
  double scale = 1;  // of codes, or of scores
  double shift = 0;
  int storage_bits = 8;  // that a code takes on the device; kernels exist for 8
  bool scores = false;   // read by argmax
  int score_bits = 32;   // of scores: 32 for accumulators, 16 for ones rounded to one scale for all
  bool tokens = false;   // int32, shape [1]
};

struct IntegerNode {
  IntegerOp op;
  std::vector<int> inputs;  // tensor numbers, all smaller than output
  int output = -1;
};

/// Tensor 0 is the input. Nodes stand in order of computation; every tensor but the input is the output of
/// exactly one node. What the caller gets are `outputs`: codes, which other nodes may read too, or scores.
struct IntegerGraph {
  std::string name;
  std::vector<IntegerTensor> tensors;
  std::vector<IntegerNode> nodes;
  std::vector<int> outputs;         // tensor numbers, each once; at least one
  std::optional<BoxDecoder> boxes;  // of a detector: what its outputs, the heads, say

  const IntegerTensor& input() const { return tensors.front(); }
  const IntegerTensor& tensor(int number) const { return tensors[static_cast<std::size_t>(number)]; }
  /// Of a graph with one output. Throws Error where there are more or none.
  const IntegerTensor& output() const;
  /// Whether the caller gets this tensor.
  bool is_output(int tensor) const {
    return std::find(outputs.begin(), outputs.end(), tensor) != outputs.end();
  }
  bool reads_text() const { return input().tokens; }
};

}  // namespace nibble::edge
