#include "edge/graph/verify.h"

#include <cmath>
#include <limits>

#include "core/check.h"
#include "edge/graph/op_rule.h"

namespace nibble::edge {

namespace {

constexpr std::int64_t kMaxElements = std::numeric_limits<std::int32_t>::max();

void verify_scores(const IntegerTensor& tensor, const std::string& who) {
  check(!tensor.scores || tensor.score_bits == 32 || tensor.score_bits == 16, who, ": found scores of ",
        tensor.score_bits, " bits, expected 16 or 32");
}

// Tokens are counted from 0; codes fit a byte.
void verify_codes(const IntegerTensor& tensor, const std::string& who) {
  if (tensor.tokens) {
    check(tensor.top > 0 && tensor.shape == Shape{1}, who, ": found tokens up to ", tensor.top, " of shape ",
          tensor.shape, ", expected at least two tokens of shape [1]");
  } else {
    check(0 < tensor.top && tensor.top <= 255, who, ": found codes up to ", tensor.top,
          ", expected 1 ... 255");
  }
  check(tensor.storage_bits == 8, who, ": found codes stored in ", tensor.storage_bits,
        " bits, expected 8: the kernels read and write one code a byte");
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
  verify_codes(tensor, who);
  verify_scores(tensor, who);
  check(std::isfinite(tensor.scale) && tensor.scale > 0 && std::isfinite(tensor.shift), who, ": found scale ",
        tensor.scale, " and shift ", tensor.shift, ", expected a positive scale and a finite shift");
}

// known: whether a tensor was computed before.
void verify_inputs(const NodeView& view, const std::vector<bool>& known) {
  const OpTraits& op = traits(view.node.op);
  const std::vector<int>& inputs = view.node.inputs;
  const bool as_many = op.inputs == 0 ? !inputs.empty() : inputs.size() == op.inputs;
  check(as_many, view.who, ": found ", inputs.size(), " inputs, expected ",
        std::max<std::size_t>(op.inputs, 1));
  for (const int input : inputs) {
    check(0 <= input && input < view.node.output && known[static_cast<std::size_t>(input)], view.who,
          ": found input tensor ", input, ", expected one that was computed before");
    const IntegerTensor& read = view.graph.tensor(input);
    check(!read.scores, view.who, ": found scores as its input, expected codes");
    check(read.tokens == op.reads_tokens, view.who, ": found ", read.tokens ? "tokens" : "codes",
          " as its input, expected ", op.reads_tokens ? "tokens" : "codes");
  }
  check(view.graph.reads_text() || !op.carries_state, view.who,
        ": found a recurrent node in a graph without tokens, expected one that reads a text");
}

void verify_output(const NodeView& view) {
  check(!view.out().tokens, view.who, ": found tokens as its output, expected codes or scores");
  check(!view.out().scores || traits(view.node.op).gives_scores, view.who,
        ": found scores as its output, expected only a linear layer to give scores");
  check(!view.out().scores || view.graph.is_output(view.node.output), view.who,
        ": found scores inside of the graph, expected them among its outputs");
}

// The tensor whose bytes each tensor shares: itself, unless it is only another shape of an earlier one.
std::vector<int> verify_wiring(const IntegerGraph& graph) {
  const int tensors = static_cast<int>(graph.tensors.size());
  std::vector<bool> known(graph.tensors.size());
  std::vector<int> bytes_of(graph.tensors.size(), 0);
  known[0] = true;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const IntegerNode& node = graph.nodes[n];
    check(0 < node.output && node.output < tensors, "verify: node ", n, " has output tensor ", node.output,
          ", expected 1 ... ", tensors - 1);
    const auto output = static_cast<std::size_t>(node.output);
    const NodeView view("verify", graph, node);
    check(!known[output], view.who, ": found its tensor produced twice, expected once");
    verify_inputs(view, known);
    verify_output(view);
    known[output] = true;
    bytes_of[output] =
        traits(node.op).same_bytes ? bytes_of[static_cast<std::size_t>(node.inputs[0])] : node.output;
  }
  for (std::size_t t = 0; t < known.size(); ++t) {
    check(known[t], "verify: tensor '", graph.tensors[t].name,
          "' is never produced, expected one node for it");
  }
  return bytes_of;
}

void verify_outputs(const IntegerGraph& graph, const std::vector<int>& bytes_of) {
  std::vector<int> seen;
  for (const int output : graph.outputs) {
    check(0 <= output && output < static_cast<int>(graph.tensors.size()), "verify: graph '", graph.name,
          "': found output tensor ", output, ", expected 1 ... ", graph.tensors.size() - 1);
    const int bytes = bytes_of[static_cast<std::size_t>(output)];
    check(bytes != 0, "verify: graph '", graph.name,
          "' only reshapes its input, expected it to compute something");
    check(std::find(seen.begin(), seen.end(), bytes) == seen.end(), "verify: graph '", graph.name,
          "': found output '", graph.tensor(output).name,
          "' to be another one under the same or another shape, expected different codes");
    seen.push_back(bytes);
  }
}

}  // namespace

void verify(const IntegerGraph& graph) {
  check(!graph.tensors.empty() && !graph.nodes.empty(), "verify: graph '", graph.name,
        "' is empty, expected an input and a node");
  check(!graph.outputs.empty(), "verify: graph '", graph.name, "' has no output, expected at least one");
  check(!graph.input().scores, "verify: tensor '", graph.input().name,
        "' is the input and holds scores, expected codes");
  for (const IntegerTensor& tensor : graph.tensors) verify_tensor(tensor);
  verify_outputs(graph, verify_wiring(graph));
  for (const IntegerNode& node : graph.nodes) {
    const NodeView view("verify", graph, node);
    const Shape expected =
        ask(node.op, [&](const auto& op, const auto& rule) { return rule.output_shape(op, view); });
    check(view.out().shape == expected, view.who, ": found output ", view.out().shape, ", expected ",
          expected);
    ask(node.op, [&](const auto& op, const auto& rule) { rule.check_ranges(op, view); });
  }
  check_boxes(graph);
}

}  // namespace nibble::edge
