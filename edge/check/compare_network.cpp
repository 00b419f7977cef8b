#include "edge/check/compare_network.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <map>

#include "core/check.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/node_view.h"
#include "edge/run/recurrent_reference.h"
#include "edge/run/reference.h"

namespace nibble::edge {

namespace {

// Codes of values that lie on the grid already.
Array<std::uint8_t> codes_of(const Tensor& values, const AffineGrid& grid) {
  auto codes = Array<std::uint8_t>::uninitialized(values.shape());
  for (long i = 0; i < values.size(); ++i)
    codes[i] = static_cast<std::uint8_t>(grid.code(values[i]) - grid.grid.lo);
  return codes;
}

constexpr int kTieBits = 10;  // a value is a tie within 2⁻¹⁰ of a step

// The node with its exact values, before they are rounded down to codes, raised by 2⁻¹⁰ of a step or lowered.
// Operations without such values stay as they are.
IntegerNode nudged(IntegerNode node, int direction) {
  const auto nudge = [direction](std::vector<std::int64_t>& offsets, int shift) {
    for (std::int64_t& offset : offsets) offset += direction * ((std::int64_t{1} << shift) >> kTieBits);
  };
  if (auto* add = std::get_if<IntegerAdd>(&node.op)) {
    const std::int64_t by = direction * ((std::int64_t{1} << add->shift) >> kTieBits);
    add->line.offset += by;
    if (add->line2) add->line2->offset += by;
  }
  if (auto* multiply = std::get_if<IntegerMultiply>(&node.op))
    multiply->offset += direction * ((std::int64_t{1} << multiply->shift) >> kTieBits);
  std::visit(
      [&](auto& op) {
        if constexpr (requires { op.requantization; }) {
          nudge(op.requantization.offset, op.requantization.shift);
          nudge(op.requantization.offset2, op.requantization.shift);
        }
      },
      node.op);
  return node;
}

// ours: the codes of a node, and of the node nudged up and down; theirs: the network's.
LayerAgreement agreement(const std::string& layer, const Array<std::uint8_t>& ours,
                         const Array<std::uint8_t>& raised, const Array<std::uint8_t>& lowered,
                         const Array<std::uint8_t>& theirs) {
  LayerAgreement result{.layer = layer, .codes = ours.size()};
  for (long i = 0; i < ours.size(); ++i) {
    const int step = std::abs(ours.data()[i] - theirs.data()[i]);
    if (step == 0) continue;
    if (theirs.data()[i] == raised.data()[i] || theirs.data()[i] == lowered.data()[i]) {
      ++result.ties;
      continue;
    }
    ++result.differing;
    result.largest_step = std::max(result.largest_step, step);
  }
  return result;
}

// The same for a node that `run` computes from the network's codes in front of it.
template <typename Run>
LayerAgreement agreement(const IntegerGraph& graph, const IntegerNode& node, Run run,
                         const Array<std::uint8_t>& theirs) {
  return agreement(name(graph, node), run(node), run(nudged(node, 1)), run(nudged(node, -1)), theirs);
}

// The codes of every tensor that the network computes. A tensor carries the name of the network node whose
// output it is.
class NetworkCodes {
 public:
  explicit NetworkCodes(const IntegerGraph& graph) : graph_(graph) {
    for (const IntegerTensor& tensor : graph.tensors) codes_[tensor.name] = {};
  }
  Network::Listener observer() {
    return [this](const NetworkNode& node, const Signal& output) {
      const auto wanted = codes_.find(node.name);
      if (wanted != codes_.end() && output.grid)
        wanted->second = codes_of(output.value.value(), output.grid->affine());
    };
  }
  // Parts of a concatenation that no node of the network has put on its grid: channels of what is joined.
  void cut_parts() {
    for (const IntegerNode& node : graph_.nodes) {
      if (!std::holds_alternative<IntegerConcat>(node.op)) continue;
      const Array<std::uint8_t>& joined = of(node.output);
      long first = 0;
      for (const int input : node.inputs) {
        const IntegerTensor& part = graph_.tensor(input);
        if (codes_.at(part.name).empty()) codes_.at(part.name) = channels(joined, first, part.shape);
        first += part.shape.back();
      }
    }
  }
  const Array<std::uint8_t>& of(int tensor) const {
    const IntegerTensor& t = graph_.tensors[static_cast<std::size_t>(tensor)];
    const Array<std::uint8_t>& found = codes_.at(t.name);
    check(!found.empty(), "compare_with_network: found no codes of '", t.name,
          "', expected the network that was lowered");
    return found;
  }

 private:
  static Array<std::uint8_t> channels(const Array<std::uint8_t>& x, long first, const Shape& part) {
    auto y = Array<std::uint8_t>::uninitialized(batch_shape(x.shape()[0], part));
    const long width = x.shape().back();
    for (long i = 0; i < y.size(); ++i) y[i] = x[i / part.back() * width + first + i % part.back()];
    return y;
  }

  const IntegerGraph& graph_;
  std::map<std::string, Array<std::uint8_t>> codes_;
};

// The device's arithmetic against training's in float, not against its own products of codes.
Pass real_numbers() {
  Pass pass;
  pass.plain = true;
  return pass;
}

Array<std::int16_t> fixed(const Tensor& values, int fraction_bits) {
  auto numbers = Array<std::int16_t>::uninitialized(values.shape());
  for (long i = 0; i < values.size(); ++i)
    numbers[i] = static_cast<std::int16_t>(values[i] * static_cast<Real>(1 << fraction_bits));
  return numbers;
}

// What a recurrent node of the network carried into a step; empty before the first.
RecurrentState state_of(const IntegerRecurrent& node, const std::vector<Tensor>& before, long sequences) {
  const Shape shape{sequences, node.hidden()};
  if (before.empty()) return {Array<std::int16_t>(shape), Array<std::int16_t>(shape)};
  RecurrentState state{fixed(before[0], 15), {}};
  if (before.size() == 2) state.c = fixed(before[1], node.cell_fraction_bits);
  return state;
}

}  // namespace

std::vector<LayerAgreement> compare_with_network(Network& network, const IntegerGraph& graph,
                                                 const Tensor& x) {
  const NoGradient evaluation;
  NetworkCodes codes(graph);
  network.forward_outputs(x, real_numbers(), codes.observer());
  codes.cut_parts();
  std::vector<LayerAgreement> layers;
  for (const IntegerNode& node : graph.nodes) {
    if (graph.tensors[static_cast<std::size_t>(node.output)].scores) continue;
    std::vector<IntegerValue> inputs;
    for (const int input : node.inputs) inputs.push_back({.codes = codes.of(input)});
    const auto run = [&](const IntegerNode& one) { return run_node(graph, one, inputs).codes; };
    layers.push_back(agreement(graph, node, run, codes.of(node.output)));
  }
  return layers;
}

std::vector<LayerAgreement> compare_with_network(Network& network, const IntegerGraph& graph, const Tensor& x,
                                                 long sequences) {
  const NoGradient evaluation;
  const TokenBatch batch = tokens_of(x, sequences);
  check_tokens(graph, batch, "compare_with_network");
  Pass pass = real_numbers();
  pass.sequences = sequences;
  NetworkCodes codes(graph);
  NetworkState state;
  std::vector<LayerAgreement> all;
  for (long t = 0; t < batch.steps(); ++t) {
    NetworkState before = state;
    network.forward_outputs(x.rows(t * sequences, (t + 1) * sequences), pass, codes.observer(), &state);
    std::vector<LayerAgreement> step;
    for (const IntegerNode& node : graph.nodes) {
      if (graph.tensors[static_cast<std::size_t>(node.output)].scores) continue;
      const auto run = [&](const IntegerNode& one) {
        if (const auto* recurrent = std::get_if<IntegerRecurrent>(&one.op)) {
          RecurrentState carried = state_of(*recurrent, before[name(graph, node)], sequences);
          return run_recurrent(graph, one, codes.of(node.inputs[0]), sequences, carried).codes;
        }
        if (std::holds_alternative<IntegerEmbedding>(one.op))
          return run_node(graph, one, {{.tokens = batch.step(t).tokens}}).codes;
        return run_node(graph, one, {{.codes = codes.of(node.inputs[0])}}).codes;
      };
      step.push_back(agreement(graph, node, run, codes.of(node.output)));
    }
    accumulate(all, step);
  }
  return all;
}

void accumulate(std::vector<LayerAgreement>& total, const std::vector<LayerAgreement>& more) {
  if (total.empty()) {
    total = more;
    return;
  }
  assert(total.size() == more.size());
  for (std::size_t i = 0; i < total.size(); ++i) {
    total[i].codes += more[i].codes;
    total[i].ties += more[i].ties;
    total[i].differing += more[i].differing;
    total[i].largest_step = std::max(total[i].largest_step, more[i].largest_step);
  }
}

}  // namespace nibble::edge
