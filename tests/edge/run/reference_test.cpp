#include "edge/run/reference.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "edge/emit/test_vectors.h"
#include "edge/graph/fixed_point.h"
#include "edge/graph/node_view.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::reference_test {
namespace {

// acc = Σ over taps, straight from the definition, one output element at a time.
int naive_conv(const IntegerConv& conv, const Shape& x, const std::uint8_t* image, long oh, long ow, long o,
               long outputs) {
  const long depth = x[2] / conv.groups, group = o / (outputs / conv.groups);
  std::int64_t acc = 0;
  for (int kh = 0; kh < conv.kernel.h; ++kh) {
    for (int kw = 0; kw < conv.kernel.w; ++kw) {
      for (long c = 0; c < depth; ++c) {
        const long ih = oh * conv.stride.h - conv.padding.h + kh * conv.dilation.h;
        const long iw = ow * conv.stride.w - conv.padding.w + kw * conv.dilation.w;
        const bool inside = ih >= 0 && iw >= 0 && ih < x[0] && iw < x[1];
        const int q = inside ? image[(ih * x[1] + iw) * x[2] + group * depth + c] : conv.border_code;
        acc += q * conv.weights[static_cast<std::size_t>(
                       ((o * conv.kernel.h + kh) * conv.kernel.w + kw) * depth + c)];
      }
    }
  }
  return apply(conv.requantization, acc, o);
}

}  // namespace

TEST_CASE("reference_convolutions_follow_the_definition_element_by_element") {
  using Options = GraphBuilder::ConvOptions;
  struct Case {
    Shape x;
    Options options;
  };
  const Case cases[] = {
      {{5, 6, 3}, {.out_channels = 4}},
      {{5, 6, 3}, {.out_channels = 5, .stride = {2, 2}, .bits = 8}},
      {{1, 1, 7}, {.out_channels = 3, .kernel = {1, 1}, .padding = {0, 0}}},
      {{1, 1, 2}, {.out_channels = 3}},
      {{7, 5, 4}, {.out_channels = 6, .kernel = {3, 1}, .padding = {2, 1}, .groups = 2}},
      {{8, 6, 3}, {.out_channels = 4, .stride = {2, 2}, .padding = {0, 0}, .extra = {1, 1}}},
      {{8, 8, 5}, {.out_channels = 5, .groups = 5, .bits = 8, .leaky = true}},
      {{9, 9, 2}, {.out_channels = 2, .stride = {1, 2}, .padding = {3, 2}, .dilation = {3, 2}}},
      {{6, 6, 3}, {.out_channels = 9, .kernel = {2, 2}, .stride = {3, 3}, .padding = {0, 0}, .groups = 3}},
  };
  for (const auto& [x, options] : cases) {
    GraphBuilder b(x, 255, 17);
    b.conv(0, options, 15);
    const IntegerGraph graph = b.finish();
    const auto& conv = std::get<IntegerConv>(graph.nodes[0].op);
    const Array<std::uint8_t> input = random_samples(graph, 2);
    const Array<std::int32_t> y = run_reference(graph, input);
    const Shape& out = graph.output().shape;
    for (long n = 0; n < 2; ++n) {
      for (long i = 0; i < out.count(); ++i) {
        const int expected = naive_conv(conv, x, input.data() + n * x.count(), i / out[2] / out[1],
                                        i / out[2] % out[1], i % out[2], out[2]);
        INFO("kernel " << options.kernel << ", image " << n << ", index " << i);
        REQUIRE(y[n * out.count() + i] == expected);
      }
    }
  }
}

TEST_CASE("reference_ops_on_codes_match_hand_computed_values") {
  const Array<std::uint8_t> x({1, 2, 2, 1}, {1, 9, 4, 7});
  const auto run = [&](const std::function<void(GraphBuilder&)>& add) {
    GraphBuilder b({2, 2, 1}, 15, 3);
    add(b);
    const Array<std::int32_t> y = run_reference(b.finish(), x);
    return std::vector<std::int32_t>(y.begin(), y.end());
  };
  using Codes = std::vector<std::int32_t>;
  CHECK(run([](GraphBuilder& b) {
          b.max_pool(0, {2, 2}, {1, 1}, {1, 1});
        }) == Codes{1, 9, 9, 4, 9, 9, 4, 7, 7});
  CHECK(run([](GraphBuilder& b) { b.max_pool(0, {2, 2}, {1, 1}, {0, 0}, {1, 1}); }) == Codes{9, 9, 7, 7});
  CHECK(run([](GraphBuilder& b) { b.average_pool(0, {2, 2}, {1, 1}, 15); }) == Codes{5});     // 21/4 = 5.25
  CHECK(run([](GraphBuilder& b) { b.average_pool(0, {1, 2}, {1, 1}, 15); }) == Codes{5, 6});  // 5.5 rounds up
  CHECK(run([](GraphBuilder& b) { b.upsample(0, 2); }) ==
        Codes{1, 1, 9, 9, 1, 1, 9, 9, 4, 4, 7, 7, 4, 4, 7, 7});
  CHECK(run([](GraphBuilder& b) { b.slice(b.concat({0, b.upsample(0, 1), 0}), 1, 2); }) == Codes{1, 9, 4, 7});
  CHECK(run([](GraphBuilder& b) { b.concat({0, 0}); }) == Codes{1, 1, 9, 9, 4, 4, 7, 7});
  const Codes sub = run([](GraphBuilder& b) { b.subsample(0, 2, 1, 3); });
  CHECK(sub[1] == 1);
  CHECK(sub[0] == sub[2]);
}

TEST_CASE("reference_products_match_hand_computed_values") {
  // (q₁·(3·q₂ − 2) + q₂ + 8) >> 4, limited to 0 ... 12
  const IntegerMultiply product{3, -2, 1, 8, 4, 0, 12};
  const auto run = [&](GraphBuilder& b, const Array<std::uint8_t>& x) {
    IntegerGraph graph = b.finish();
    std::get<IntegerMultiply>(graph.nodes.back().op) = product;
    const Array<std::int32_t> y = run_reference(graph, x);
    return std::vector<std::int32_t>(y.begin(), y.end());
  };
  GraphBuilder alone({4}, 15, 3);
  alone.multiply(0, 0, 15);
  // 10, 242, 52 and 148 sixteenths
  CHECK(run(alone, Array<std::uint8_t>({1, 4}, {1, 9, 4, 7})) == std::vector<std::int32_t>{0, 12, 3, 9});
  GraphBuilder by_channel({2, 1, 2}, 15, 3);
  by_channel.multiply(0, by_channel.flatten(by_channel.max_pool(0, {2, 1}, {1, 1}, {0, 0})), 15);
  // of the factors 4 and 9: 22 and 242, 52 and 192 sixteenths
  CHECK(run(by_channel, Array<std::uint8_t>({1, 2, 1, 2}, {1, 9, 4, 7})) ==
        std::vector<std::int32_t>{1, 12, 3, 12});
}

TEST_CASE("reference_refuses_an_accumulator_beyond_32_bits") {
  GraphBuilder b({70000}, 255, 3);
  b.scores(0, 1, 8);
  IntegerGraph graph = b.finish();
  auto& linear = std::get<IntegerLinear>(graph.nodes[0].op);
  std::fill(linear.weights.begin(), linear.weights.end(), std::int8_t{127});
  Array<std::uint8_t> x({1, 70000});
  x.fill(255);
  CHECK_THROWS_WITH(run_reference(graph, x), Catch::Contains("node 'linear/1': found accumulator 22669"));
}

TEST_CASE("reference_refuses_a_product_beyond_64_bits") {
  GraphBuilder b({4}, 255, 3);
  b.linear(0, 1, 8, 15);
  IntegerGraph graph = b.finish();
  auto& r = std::get<IntegerLinear>(graph.nodes[0].op).requantization;
  r.offset[0] = std::numeric_limits<std::int64_t>::max();
  r.mult[0] = std::get<IntegerLinear>(graph.nodes[0].op).weights[0] > 0 ? 2147483647 : -2147483647;
  const Array<std::uint8_t> x({1, 4}, {255, 0, 0, 0});
  CHECK_THROWS_WITH(run_reference(graph, x), Catch::Contains("found a product beyond 64 bits"));
}

TEST_CASE("reference_refuses_inputs_of_another_shape_or_range") {
  const IntegerGraph graph = graph_of_every_op(1);
  CHECK_THROWS_WITH(run_reference(graph, Array<std::uint8_t>({2, 9, 7, 2})),
                    "reference: found input [2, 9, 7, 2], expected [N] images of [9, 7, 3]");
  GraphBuilder b({2}, 15, 1);
  b.scores(0, 1, 4);
  CHECK_THROWS_WITH(run_reference(b.finish(), Array<std::uint8_t>({1, 2}, {3, 16})),
                    "reference: found input code 16, expected 0 ... 15");
}

TEST_CASE("accumulator_at_explains_every_code_of_the_reference") {
  const IntegerGraph graph = graph_of_every_op(4);
  std::vector<IntegerValue> values(graph.tensors.size());
  values[0].codes = random_samples(graph, 1);
  run_reference(graph, values[0].codes, [&](int tensor, const IntegerValue& value) {
    values[static_cast<std::size_t>(tensor)] = value;
  });
  for (const IntegerNode& node : graph.nodes) {
    const IntegerValue& y = values[static_cast<std::size_t>(node.output)];
    std::vector<IntegerValue> inputs;
    for (const int i : node.inputs) inputs.push_back(values[static_cast<std::size_t>(i)]);
    for (long i = 0; i < graph.tensors[static_cast<std::size_t>(node.output)].shape.count(); ++i) {
      const std::int64_t acc = accumulator_at(graph, node, inputs, i);
      const long channel = i % graph.tensors[static_cast<std::size_t>(node.output)].shape.back();
      INFO(name(graph, node) << ", index " << i);
      if (const auto* conv = std::get_if<IntegerConv>(&node.op))
        REQUIRE(y.codes[i] == apply(conv->requantization, acc, channel));
      if (const auto* pool = std::get_if<IntegerAveragePool>(&node.op))
        REQUIRE(y.codes[i] == apply(pool->requantization, acc, channel));
      if (const auto* table = std::get_if<IntegerTable>(&node.op))
        REQUIRE(y.codes[i] == table->table[static_cast<std::size_t>(acc)]);
      if (std::holds_alternative<IntegerMaxPool>(node.op)) REQUIRE(y.codes[i] == acc);
      if (std::holds_alternative<IntegerSubsample>(node.op)) REQUIRE(y.codes[i] == acc);
      if (std::holds_alternative<IntegerUpsample>(node.op)) REQUIRE(y.codes[i] == acc);
      if (std::holds_alternative<IntegerReshape>(node.op)) REQUIRE(y.codes[i] == acc);
    }
  }
}

}  // namespace nibble::edge::reference_test
