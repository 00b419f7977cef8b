#include "edge/run/row_chains.h"

#include <catch2/catch.hpp>

#include "edge/emit/test_vectors.h"
#include "edge/run/evaluate.h"
#include "edge/run/reference.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::row_chains_test {
namespace {

GraphBuilder::ConvOptions pointwise(int channels, int stride = 1) {
  return {.out_channels = channels, .kernel = {1, 1}, .stride = {stride, stride}, .padding = {0, 0}};
}

// Three chains by rows: one behind each 3x3 convolution and one behind a stride; the pool and the scores.
IntegerGraph graph_of_chains(int size, int channels, bool depthwise) {
  GraphBuilder b({size, size, 8}, 15, 3);
  const int first = b.conv(0, {.out_channels = channels}, 15);
  const int wide = b.table(b.conv(first, pointwise(2 * channels), 255), 15);
  const int groups = depthwise ? 2 * channels : 1;
  const int second = b.conv(wide, {.out_channels = 2 * channels, .groups = groups}, 15);
  const int sum = b.add(b.conv(second, pointwise(channels), 255), first, 255);
  const int half = b.conv(b.table(sum, 15), pointwise(channels, 2), 15);
  const int last = b.conv(half, pointwise(16), 15);
  b.scores(b.average_pool(last, {(size + 1) / 2, (size + 1) / 2}, {1, 1}, 255, true), 5, 8);
  return b.finish();
}

bool is_image_op(const IntegerNode& node) {
  return std::holds_alternative<IntegerConv>(node.op) || std::holds_alternative<IntegerAdd>(node.op) ||
         std::holds_alternative<IntegerTable>(node.op);
}

std::vector<std::pair<long, long>> pairs(const std::vector<Range>& ranges) {
  std::vector<std::pair<long, long>> all;
  for (const Range& range : ranges) all.emplace_back(range.begin, range.end);
  return all;
}

}  // namespace

TEST_CASE("a_chain_goes_on_while_rows_need_no_other_rows") {
  using Pairs = std::vector<std::pair<long, long>>;
  const IntegerGraph graph = graph_of_chains(9, 4, true);
  CHECK(pairs(row_chains(graph, is_image_op)) == Pairs{{0, 3}, {3, 7}, {7, 9}, {9, 10}, {10, 11}});
  const auto no_tables = [](const IntegerNode& node) {
    return is_image_op(node) && !std::holds_alternative<IntegerTable>(node.op);
  };
  CHECK(pairs(row_chains(graph, no_tables)) ==
        Pairs{{0, 2}, {2, 3}, {3, 6}, {6, 7}, {7, 9}, {9, 10}, {10, 11}});
  CHECK(row_chains(graph, [](const IntegerNode&) { return false; }).size() == graph.nodes.size());
}

TEST_CASE("a_chain_ends_at_an_image_of_another_size") {
  using Pairs = std::vector<std::pair<long, long>>;
  for (const Size2 stride : {Size2{2, 1}, Size2{1, 2}}) {
    GraphBuilder b({8, 8, 4}, 15, 5);
    GraphBuilder::ConvOptions halving = pointwise(4);
    halving.stride = stride;
    const int half = b.conv(0, halving, 15);
    const int whole = b.table(0, 15);  // pointwise, but of larger rows than its neighbours
    const int sum = b.add(half, b.conv(whole, halving, 15), 15);
    b.scores(b.average_pool(sum, {8 / stride.h, 8 / stride.w}, {1, 1}, 255, true), 3, 8);
    CHECK(pairs(row_chains(b.finish(), is_image_op)) == Pairs{{0, 1}, {1, 2}, {2, 4}, {4, 5}, {5, 6}});
  }
}

TEST_CASE("chains_cut_between_threads_equal_the_reference") {
  // Large enough for a second thread; of 64 channels Winograd computes rows in pairs.
  for (const bool depthwise : {true, false}) {
    const int size = depthwise ? 37 : 21, channels = depthwise ? 16 : 32;
    const IntegerGraph graph = graph_of_chains(size, channels, depthwise);
    const Evaluator evaluate(graph);
    for (const long images : {1L, 3L}) {
      const Array<std::uint8_t> x = random_samples(graph, images);
      std::vector<IntegerValue> expected(graph.tensors.size());
      run_reference(graph, x, [&](int tensor, const IntegerValue& value) {
        expected[static_cast<std::size_t>(tensor)] = value;
      });
      for (const int n : {1, 2, 3, 4, 8}) {
        set_threads(n);
        evaluate(x, [&](int tensor, const IntegerValue& value) {
          const IntegerValue& right = expected[static_cast<std::size_t>(tensor)];
          INFO(graph.tensors[static_cast<std::size_t>(tensor)].name << ", " << images << " images, " << n
                                                                    << " threads");
          CHECK(value.codes.shape() == right.codes.shape());
          CHECK(std::equal(value.codes.begin(), value.codes.end(), right.codes.begin()));
          CHECK(std::equal(value.scores.begin(), value.scores.end(), right.scores.begin()));
        });
      }
    }
  }
  set_threads(0);
}

}  // namespace nibble::edge::row_chains_test
