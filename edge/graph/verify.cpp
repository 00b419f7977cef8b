#include "edge/graph/verify.h"

#include <cmath>
#include <limits>

#include "core/check.h"
#include "edge/graph/output_shape.h"
#include "edge/graph/verify_ranges.h"

namespace nibble::edge {

namespace {

constexpr std::int64_t kMaxElements = std::numeric_limits<std::int32_t>::max();

void verify_scores(const IntegerTensor& tensor, const std::string& who) {
  check(!tensor.scores || tensor.score_bits == 32 || tensor.score_bits == 16, who, ": found scores of ",
        tensor.score_bits, " bits, expected 16 or 32");
}

// Tokens are counted from 0; codes fit a byte.
void verify_top(const IntegerTensor& tensor, const std::string& who) {
  if (tensor.tokens) {
    check(tensor.top > 0 && tensor.shape == Shape{1}, who, ": found tokens up to ", tensor.top, " of shape ",
          tensor.shape, ", expected at least two tokens of shape [1]");
  } else {
    check(0 < tensor.top && tensor.top <= 255, who, ": found codes up to ", tensor.top,
          ", expected 1 ... 255");
  }
}

void verify_tensor(const IntegerTensor& tensor) {
  const std::string who = str("verify: tensor '", tensor.name, "'");
  check(tensor.shape.rank() == 1 || tensor.shape.rank() == 3, who, ": found shape ", tensor.shape,
        ", expected a vector or an image");
  for (const long extent : tensor.shape.extents()) {
    check(extent > 0, who, ": found shape ", tensor.shape, ", expected positive extents");
  }
  check(tensor.shape.count() <= kMaxElements, who, ": found ", tensor.shape.count(),
        " elements, expected 32 bits to count them");
  verify_top(tensor, who);
  verify_scores(tensor, who);
  check(std::isfinite(tensor.scale) && tensor.scale > 0 && std::isfinite(tensor.shift), who, ": found scale ",
        tensor.scale, " and shift ", tensor.shift, ", expected a positive scale and a finite shift");
}

void verify_wiring(const IntegerGraph& graph) {
  const int tensors = static_cast<int>(graph.tensors.size());
  std::vector<bool> known(graph.tensors.size());
  std::vector<bool> is_input(graph.tensors.size());  // the input itself, or only reshaped
  known[0] = is_input[0] = true;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const IntegerNode& node = graph.nodes[n];
    check(0 < node.output && node.output < tensors, "verify: node ", n, " has output tensor ", node.output,
          ", expected 1 ... ", tensors - 1);
    const auto output = static_cast<std::size_t>(node.output);
    const std::string who = quoted(graph, node);
    check(!known[output], who, ": found its tensor produced twice, expected once");
    const std::size_t arity = std::holds_alternative<IntegerAdd>(node.op) ? 2 : 1;
    check(node.inputs.size() == arity, who, ": found ", node.inputs.size(), " inputs, expected ", arity);
    for (const int input : node.inputs) {
      check(0 <= input && input < node.output && known[static_cast<std::size_t>(input)], who,
            ": found input tensor ", input, ", expected one that was computed before");
      const IntegerTensor& read = graph.tensors[static_cast<std::size_t>(input)];
      check(!read.scores, who, ": found scores as its input, expected codes");
      const bool embeds = std::holds_alternative<IntegerEmbedding>(node.op);
      check(read.tokens == embeds, who, ": found ", read.tokens ? "tokens" : "codes",
            " as its input, expected ", embeds ? "tokens" : "codes");
    }
    check(graph.reads_text() || !std::holds_alternative<IntegerRecurrent>(node.op), who,
          ": found a recurrent node in a graph without tokens, expected one that reads a text");
    check(!graph.tensors[output].tokens, who, ": found tokens as its output, expected codes or scores");
    const auto* linear = std::get_if<IntegerLinear>(&node.op);
    check(!graph.tensors[output].scores || linear, who,
          ": found scores as its output, expected only a linear layer to "
          "give scores");
    check(!graph.tensors[output].scores || n + 1 == graph.nodes.size(), who,
          ": found scores inside of the graph, expected them at its end");
    known[output] = true;
    is_input[output] =
        std::holds_alternative<IntegerReshape>(node.op) && is_input[static_cast<std::size_t>(node.inputs[0])];
  }
  for (std::size_t t = 0; t < known.size(); ++t) {
    check(known[t], "verify: tensor '", graph.tensors[t].name,
          "' is never produced, expected one node for it");
  }
  check(!is_input[static_cast<std::size_t>(graph.nodes.back().output)], "verify: graph '", graph.name,
        "' only reshapes its input, expected it to compute something");
}

}  // namespace

const std::string& name(const IntegerGraph& graph, const IntegerNode& node) {
  return graph.tensors[static_cast<std::size_t>(node.output)].name;
}

const char* kind(const IntegerOp& op) {
  static constexpr const char* kNames[] = {"conv2d",   "linear",       "add",       "table",
                                           "max_pool", "average_pool", "subsample", "upsample",
                                           "reshape",  "embedding",    "recurrent"};
  static_assert(std::size(kNames) == std::variant_size_v<IntegerOp>);
  return kNames[op.index()];
}

std::string quoted(const IntegerGraph& graph, const IntegerNode& node) {
  return str("verify: node '", name(graph, node), "'");
}

void verify(const IntegerGraph& graph) {
  check(!graph.tensors.empty() && !graph.nodes.empty(), "verify: graph '", graph.name,
        "' is empty, expected an input and a node");
  check(!graph.input().scores, "verify: tensor '", graph.input().name,
        "' is the input and holds scores, expected codes");
  for (const IntegerTensor& tensor : graph.tensors) verify_tensor(tensor);
  verify_wiring(graph);
  for (const IntegerNode& node : graph.nodes) {
    const Shape expected = output_shape(graph, node);
    const Shape& found = graph.tensors[static_cast<std::size_t>(node.output)].shape;
    check(found == expected, quoted(graph, node), ": found output ", found, ", expected ", expected);
    verify_ranges(graph, node);
  }
}

}  // namespace nibble::edge
