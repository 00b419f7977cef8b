#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/network/network.h"
#include "quant/policy.h"

namespace nibble {

// Where quantizers go. Planning reads the network and the policy and changes nothing; quantize() carries the
// plan out. The rules:
//
//   Weights. Every weight of a layer gets a signed quantizer, one scale a tensor or an output channel (a row
//   of an embedding, of a recurrent layer). The last layer with weights always has one scale, so that its
//   integer scores compare as they are, except in language models, whose scores have a common grid of 16
//   bits, and where outputs leave codes; all layers of PACT and DoReFa have one, since these normalize a
//   weight by its largest value.
//
//   Demands. A layer that computes asks for its inputs on a grid of so many bits:
//     conv2d, linear, recurrent        activation_bits; the first such layer input_bits, the last
//                                      first_and_last_bits, as all that an output comes from; an override
//                                      what it says                                           role quant
//     add, multiply                    join_bits                                              role join
//     table activations (swish, ...)   table_bits                                             role table
//     average and global pooling       any grid; join_bits if nobody else asks                role join
//     the caller                       of a named output that is no linear layer: first_and_last_bits
//                                                                                             role quant
//   A layer that only moves values asks for any grid where a concatenation alone reads it: the device moves
//   codes, and the quantizer behind the concatenation brings them to its grid.
//
//   Places. A demand travels back through layers that only move values (keeps_grid) to the node that computed
//   the values, its producer, and is met right behind it. All readers of a producer read from behind its
//   quantizer, since what is stored on the device is codes. Readers that ask for the same bits share one
//   quantizer. Readers that ask for fewer bits get a second one behind the first: of a residual block's
//   output, 8-bit codes go to the addition and are requantized to 4 bits for the convolution. (Behind a layer
//   that only moves values the second one stands behind that layer.)
//
//   A recurrent layer quantizes its state itself, before the products of the next step, and its output is
//   that state; so nothing is inserted behind it. An embedding's input are tokens, which need no grid.
//
//   Grids of activations. Values are known not to be negative behind relu, relu6, sigmoid, and behind layers
//   that move, add, multiply or average such values.
//     Methods with a shift (learned_scale_shift, lsq_plus) are unsigned. The shift is learned where values
//     can be negative; behind a relu it is worth nothing, and a shift of 0 makes the quantizer the ReLU
//     itself. Methods without (lsq, pact, dorefa) are signed where values can be negative, unsigned
//     elsewhere. activation_sign = is_signed makes all grids signed. is_unsigned makes those of activation
//     functions' outputs unsigned (a swish then loses what is below zero), but not those of images, sums and
//     batch norms. PACT and DoReFa clip at zero and have no signed form: where the rules ask for one, LSQ
//     stands in.

/// A quantizer to insert, and the nodes that are to read from it.
struct PlannedQuantizer {
  std::string name;
  QuantizerOptions options;
  std::vector<NodeRef> readers;  // handles before any insertion
};

/// What stands behind the output of one node.
struct PlannedOutput {
  NodeRef producer;
  std::optional<PlannedQuantizer> shared;  // for all readers; none behind a layer that keeps its input's grid
  std::vector<PlannedQuantizer> coarser;   // behind `shared`, for readers that asked for fewer bits
};

struct PlannedWeight {
  NodeRef node;
  std::size_t index = 0;  // among the layer's weights
  QuantizerOptions options;
  long scales = 1;
};

/// The quantizer of a recurrent layer's state.
struct PlannedState {
  NodeRef node;
  QuantizerOptions options;
};

struct QuantizationPlan {
  std::vector<PlannedWeight> weights;
  std::vector<PlannedOutput> outputs;  // by ascending producer
  std::vector<PlannedState> states;
};

/// Throws Error for bits outside of 2 ... 8 and for an override whose pattern matches no layer with weights.
QuantizationPlan plan_quantization(const Network& network, const QuantPolicy& policy);

/// True if text matches a pattern in which * stands for any text and ? for one character.
bool matches(const std::string& pattern, const std::string& text);
/// True if one of several patterns, parted by commas, matches; blanks around them count for nothing.
bool matches_any(const std::string& patterns, const std::string& text);

}  // namespace nibble
