#pragma once

#include <vector>

namespace nibble {

// How one node of a network is computed: the words of the plan (layers/network/plan.h).

/// How a node's output travels, and how a reader takes it.
enum class Form {
  reals,   // a tensor of real numbers
  codes,   // a byte a code; real numbers are made when somebody asks for them
  sums,    // a convolution's exact sums of codes, 16 bits each, and a line for each channel
  pieces,  // nothing in memory: each reader computes the piece that it works on
  inside,  // never leaves the chain
};

/// How a reader leaves the gradient of what it read.
enum class GradientForm {
  none,      // nothing in front of it learns
  float32,   // a tensor
  bfloat16,  // the upper halves of its numbers
  pieces,    // nothing in memory: computed where it is read
  shown,     // a tensor; each piece is shown to the norm that wants its sums, while it is in the cache
  of_grid,   // of data: only the grid's scale and shift have a gradient
  inside,    // never leaves the chain
};

/// Which family of kernels computes a node.
enum class Kernel {
  alone,            // one op on real numbers
  passed_on,        // nothing to compute: the output is the input
  float_products,   // convolution or linear layer on real numbers
  code_products,    // the same on codes
  depthwise,        // one filter a channel, on real numbers
  depthwise_codes,  // the same on codes
  code_means,       // means of codes
  lanes,            // in a chain, in registers
  blocks,           // in a chain, block by block
};

struct EdgePlan {
  Form form = Form::reals;
  GradientForm gradient = GradientForm::none;
  bool operator==(const EdgePlan&) const = default;
};

struct NodePlan {
  Kernel kernel = Kernel::alone;
  bool state_of_codes = false;  // recurrent layers: the product with the state takes codes
  bool moments = false;         // leaves the moments of its output: a norm need not read it for them
  Form leaves = Form::reals;
  int chain = -1;                // its number in Plan::chains, or -1
  std::vector<EdgePlan> inputs;  // of each input
  bool operator==(const NodePlan&) const = default;

  bool multiplies_codes() const {
    return kernel == Kernel::code_products || kernel == Kernel::depthwise_codes;
  }
};

}  // namespace nibble
