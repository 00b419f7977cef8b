#include "edge/graph/verify.h"

#include <catch2/catch.hpp>
#include <functional>

#include "core/check.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::verify_test {
namespace {

template <typename Op>
IntegerNode& find(IntegerGraph& graph) {
  for (IntegerNode& node : graph.nodes) {
    if (std::holds_alternative<Op>(node.op)) return node;
  }
  throw Error("no such node");
}

template <typename Op>
Op& op(IntegerGraph& graph) {
  return std::get<Op>(find<Op>(graph).op);
}

IntegerTensor& output(IntegerGraph& graph, const IntegerNode& node) {
  return graph.tensors[static_cast<std::size_t>(node.output)];
}

using G = IntegerGraph;

struct Case {
  std::function<void(IntegerGraph&)> damage;
  const char* message;
};

void check(const Case& one, IntegerGraph graph) {
  one.damage(graph);
  INFO(one.message);
  CHECK_THROWS_WITH(verify(graph), Catch::Contains(one.message));
}

}  // namespace

TEST_CASE("random_graphs_hold_what_every_graph_must") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CHECK_NOTHROW(verify(graph_of_every_op(seed)));
    CHECK_NOTHROW(verify(random_graph(seed)));
    CHECK_NOTHROW(verify(random_graph_of_outputs(seed)));
    CHECK_NOTHROW(verify(graph_of_three_outputs(seed)));
    CHECK_NOTHROW(verify(random_text_graph(seed)));
  }
}

TEST_CASE("verify_names_the_node_and_what_is_wrong_with_it") {
  const Case cases[] = {
      {[](G& g) { g.nodes.clear(); }, "is empty"},
      {[](G& g) { g.tensors[0].top = 256; }, "tensor 'image': found codes up to 256"},
      {[](G& g) { g.tensors[3].scale = 0; }, "found scale 0"},
      {[](G& g) { g.tensors[2].storage_bits = 4; },
       "found codes stored in 4 bits, expected 8: the kernels read and write one code a byte"},
      {[](G& g) { g.outputs.clear(); }, "has no output"},
      {[](G& g) { g.outputs.push_back(99); }, "found output tensor 99"},
      {[](G& g) { g.outputs.push_back(-1); }, "found output tensor -1"},
      {[](G& g) { g.outputs.push_back(0); }, "only reshapes its input"},
      {[](G& g) { g.outputs.push_back(g.outputs[0]); }, "expected different codes"},
      {[](G& g) {  // the flattened codes and those they are made of
         const IntegerNode& flat = find<IntegerReshape>(g);
         g.outputs = {g.outputs[0], flat.inputs[0], flat.output};
       },
       "expected different codes"},
      {[](G& g) { g.outputs = {1}; }, "found scores inside of the graph"},
      {[](G& g) { g.tensors.push_back(g.tensors[1]); }, "is never produced"},
      {[](G& g) { g.nodes[1].output = 1; }, "produced twice"},
      {[](G& g) { std::swap(g.nodes[0], g.nodes[1]); }, "expected one that was computed before"},
      {[](G& g) { find<IntegerAdd>(g).inputs.pop_back(); }, "found 1 inputs, expected 2"},
      {[](G& g) { g.tensors[1].scores = true; }, "expected only a linear layer"},
      {[](G& g) { g.tensors[1].shape[2] = 6; }, "found output [9, 7, 6], expected [9, 7, 5]"},
      {[](G& g) { op<IntegerConv>(g).weights.pop_back(); }, "expected rows of 27"},
      {[](G& g) { op<IntegerConv>(g).groups = 2; }, "found 2 groups"},
      {[](G& g) { op<IntegerConv>(g).border_code = 256; }, "found border code 256"},
      {[](G& g) { op<IntegerConv>(g).weight_bits = 4; }, "expected -8 ... 7 in 4 bits"},
      {[](G& g) {
         op<IntegerConv>(g).kernel = {30, 30};
       },
       "verify: node 'conv2d/1'"},
      {[](G& g) { op<IntegerConv>(g).requantization.hi = 16; }, "found codes 0 ... 16, expected 0 ... 15"},
      {[](G& g) { op<IntegerConv>(g).requantization.shift = 63; }, "found a shift of 63"},
      {[](G& g) { op<IntegerConv>(g).requantization.mult.pop_back(); },
       "found 4 multipliers, expected 1 or 5"},
      {[](G& g) { op<IntegerConv>(g).requantization.offset.pop_back(); }, "further entries"},
      {[](G& g) { op<IntegerConv>(g).requantization.offset[0] = std::int64_t{1} << 62; }, "beyond 62 bits"},
      {[](G& g) { op<IntegerLinear>(g).weights.pop_back(); }, "found 63 weights, expected rows of 8"},
      {[](G& g) { op<IntegerTable>(g).table.resize(255); },
       "found a table of 255 entries, expected 256 ... 256"},
      {[](G& g) { op<IntegerTable>(g).table[3] = 200; }, "found table entry 200"},
      {[](G& g) { op<IntegerAdd>(g).lo = -1; }, "found codes -1 ... 255"},
      {[](G& g) {
         op<IntegerMaxPool>(g).padding = {3, 3};
       },
       "found padding 3"},
      {[](G& g) { op<IntegerSubsample>(g).leading = 3; }, "expected room for them in 7"},
      {[](G& g) { op<IntegerSubsample>(g).border_code = 99; }, "found border code 99"},
      {[](G& g) { op<IntegerUpsample>(g).factor = 0; }, "found factor 0"},
      {[](G& g) { output(g, find<IntegerUpsample>(g)).top = 3; }, "expected one grid"},
      {[](G& g) { op<IntegerSlice>(g).end = 5; }, "found channels 1 to 5 of input"},
      {[](G& g) { output(g, find<IntegerSlice>(g)).top = 3; }, "expected one grid"},
      {[](G& g) { find<IntegerConcat>(g).inputs.clear(); }, "found 0 inputs, expected 1"},
      {[](G& g) { find<IntegerConcat>(g).inputs[0] = 1; }, "differ in the number of channels only"},
      {[](G& g) { output(g, find<IntegerConcat>(g)).top = 3; }, "expected one grid"},
      {[](G& g) { find<IntegerMultiply>(g).inputs[1] = 1; }, "or an image [H, W, C] and factors [C]"},
      {[](G& g) { op<IntegerMultiply>(g).hi = 256; }, "found codes 0 ... 256"},
      {[](G& g) { op<IntegerMultiply>(g).product = 1 << 30; }, "expected 32 bits to hold them"},
      {[](G& g) { op<IntegerMultiply>(g).offset = std::int64_t{1} << 62; }, "beyond 62 bits"},
      {[](G& g) { std::get<IntegerLinear>(g.nodes.back().op).bias.pop_back(); }, "found 9 biases"},
      {[](G& g) { std::get<IntegerLinear>(g.nodes.back().op).bias[2] = 2147483647; },
       "expected 32 bits to hold them"},
  };
  for (const Case& one : cases) check(one, graph_of_every_op(1));
}

TEST_CASE("verify_names_what_is_wrong_with_a_graph_that_reads_text") {
  const Case cases[] = {
      {[](G& g) { g.tensors[0].shape = {2}; }, "tensor 'tokens': found tokens up to 6 of shape [2]"},
      {[](G& g) { g.tensors[0].tokens = false; },
       "node 'embedding/1': found codes as its input, expected tokens"},
      {[](G& g) { g.tensors[1].tokens = true; }, "expected at least two tokens of shape [1]"},
      {[](G& g) { g.nodes[1].inputs = {0}; },
       "node 'recurrent/2': found tokens as its input, expected codes"},
      {[](G& g) { op<IntegerEmbedding>(g).table.pop_back(); }, "found 34 codes for 7 tokens"},
      {[](G& g) { op<IntegerEmbedding>(g).table[3] = 16; }, "found code 16, expected 0 ... 15"},
      {[](G& g) { op<IntegerEmbedding>(g).code_bits = 2; }, "found codes stored in 2 bits"},
      {[](G& g) { op<IntegerRecurrent>(g).input_weights.pop_back(); },
       "found 119 weights of its input, expected 24 rows of 5"},
      {[](G& g) { op<IntegerRecurrent>(g).recurrent_weights.pop_back(); },
       "found 143 weights of its state, expected 24 rows of 6"},
      {[](G& g) { op<IntegerRecurrent>(g).input_weights[0] = 8; }, "expected -8 ... 7 in 4 bits"},
      {[](G& g) { op<IntegerRecurrent>(g).gates.offset.pop_back(); }, "found 23 rows of gates, expected 4"},
      {[](G& g) { op<IntegerRecurrent>(g).gates.recurrent_mult.pop_back(); },
       "found 24, 23 and 0 constants of its gates, expected 24, 24 and 0"},
      {[](G& g) { op<IntegerRecurrent>(g).gates.candidate_offset.push_back(0); }, "24 and 1 constants"},
      {[](G& g) { op<IntegerRecurrent>(g).gates.offset[7] = std::int64_t{1} << 62; },
       "beyond 62 bits in channel 7"},
      {[](G& g) { op<IntegerRecurrent>(g).gates.shift = 63; }, "found a shift of 63"},
      {[](G& g) { op<IntegerRecurrent>(g).cell_fraction_bits = 16; }, "found a cell of 16 fraction bits"},
      {[](G& g) { op<IntegerRecurrent>(g).thresholds.push_back(32767); },
       "found 16 thresholds, expected at most 15, one a code"},
      {[](G& g) {
         op<IntegerRecurrent>(g).thresholds = {5, 4};
       },
       "found thresholds out of order"},
      {[](G& g) { g.tensors.back().score_bits = 8; }, "found scores of 8 bits, expected 16 or 32"},
      {[](G& g) { op<IntegerLinear>(g).requantization.hi = 255; }, "found scores -32768 ... 255"},
      {[](G& g) {
         op<IntegerLinear>(g).bias = {1, 2, 3, 4};
       },
       "found 4 biases and 0 second multipliers"},
  };
  for (const Case& one : cases) {
    GraphBuilder b = GraphBuilder::text(7, 2);
    const int x = b.embedding(5, 4, 15);
    b.scores16(b.recurrent(kernels::RecurrentKind::lstm, x, 6, 4, 15, 1), 4, 4);
    IntegerGraph graph = b.finish();
    while (op<IntegerRecurrent>(graph).thresholds.size() < 15)
      op<IntegerRecurrent>(graph).thresholds.push_back(32767);
    check(one, std::move(graph));
  }
}

TEST_CASE("a_recurrent_node_needs_a_text") {
  GraphBuilder b({5}, 15, 1);
  b.recurrent(kernels::RecurrentKind::gru, 0, 3, 4, 15, 1);
  CHECK_THROWS_WITH(
      b.finish(),
      "verify: node 'recurrent/1': found a recurrent node in a graph without tokens, expected one that "
      "reads a text");
}

TEST_CASE("accumulators_beyond_32_bits_are_refused") {
  GraphBuilder b({70000}, 255, 3);
  const int x = b.linear(0, 1, 8, 15);
  b.scores(x, 2, 8);
  IntegerGraph graph = b.finish();
  auto& linear = std::get<IntegerLinear>(graph.nodes[0].op);
  linear.requantization = {
      .mult = {1}, .offset = {0}, .mult2 = {}, .offset2 = {}, .shift = 0, .lo = 0, .hi = 15};
  std::fill(linear.weights.begin(), linear.weights.end(), std::int8_t{127});
  CHECK_THROWS_WITH(verify(graph),
                    "verify: node 'linear/1': found accumulators up to 2266950000 in channel 0, expected "
                    "32 bits to hold them");
}

}  // namespace nibble::edge::verify_test
