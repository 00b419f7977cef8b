#include "core/check.h"
#include "edge/emit/c_text.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerLinear& linear, const NodeView& node) {
  const Shape& x = node.in().shape;
  check(x.rank() == 1, node.who, ": found input ", x, ", expected a vector");
  const long rows = static_cast<long>(linear.weights.size()) / x[0];
  check(rows > 0 && rows * x[0] == static_cast<long>(linear.weights.size()), node.who, ": found ",
        linear.weights.size(), " weights, expected rows of ", x[0]);
  return {rows};
}

void check_bias(const IntegerLinear& linear, const NodeView& node, std::vector<AccumulatorRange> ranges) {
  const auto out = ranges.size();
  check(linear.requantization.mult.empty() && linear.bias.size() == out, node.who, ": found ",
        linear.bias.size(), " biases and ", linear.requantization.mult.size(), " multipliers, expected ", out,
        " and none for scores");
  for (std::size_t o = 0; o < out; ++o) {
    ranges[o].lo += linear.bias[o];
    ranges[o].hi += linear.bias[o];
    check_accumulator(node, ranges[o], static_cast<long>(o));
  }
}

void check_ranges(const IntegerLinear& linear, const NodeView& node) {
  check_weights(node, linear.weights, linear.weight_bits);
  const long out = node.out().shape[0];
  const auto ranges = accumulator_ranges(linear.weights, out, node.in().top);
  if (node.out().scores && node.out().score_bits == 32) return check_bias(linear, node, ranges);
  if (node.out().scores) {
    check(linear.bias.empty() && linear.requantization.mult2.empty(), node.who, ": found ",
          linear.bias.size(), " biases and ", linear.requantization.mult2.size(),
          " second multipliers, expected none for 16-bit scores");
  }
  check_requantization(node, linear.requantization, ranges, out);
}

DeviceCost cost(const IntegerLinear& linear, const NodeView& node) {
  const std::size_t weights = linear.weights.size();
  return {.weight_bits = linear.weight_bits,
          .weight_bytes = bytes_of_weights(weights, node.out().shape[0], linear.weight_bits),
          .table_bytes = bytes_of(linear.requantization) + static_cast<long>(4 * linear.bias.size()),
          .struct_bytes = node.out().scores && node.out().score_bits == 32 ? 16 : 44,
          .macs = static_cast<long>(weights)};
}

IntegerValue run(const IntegerLinear& linear, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  const std::vector<std::int16_t> weights(linear.weights.begin(), linear.weights.end());
  const long features = node.in().shape[0];
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    const std::vector<std::int16_t> x(image.x1, image.x1 + features);
    for (long o = 0; o < node.out().shape[0]; ++o) {
      const std::int64_t acc = dot(x.data(), weights.data() + o * features, features);
      if (!node.out().scores) {
        image.y[o] = static_cast<std::uint8_t>(requantized(node, linear.requantization, acc, o));
      } else if (node.out().score_bits == 16) {
        image.scores[o] = static_cast<std::int32_t>(requantized(node, linear.requantization, acc, o));
      } else {
        const std::int64_t score = acc + linear.bias[static_cast<std::size_t>(o)];
        image.scores[o] = static_cast<std::int32_t>(checked_accumulator(score, node.who));
      }
    }
  });
}

std::int64_t accumulator(const IntegerLinear& linear, const NodeView& node,
                         const std::vector<IntegerValue>& inputs, long index) {
  const long features = node.in().shape[0];
  std::int64_t acc = 0;
  for (long i = 0; i < features; ++i) {
    const std::int64_t weight = linear.weights[static_cast<std::size_t>(index * features + i)];
    acc += weight * inputs[0].codes[i];
  }
  return acc;
}

std::string kernel(const IntegerLinear& linear, const NodeView& node) {
  const char* op = !node.out().scores            ? "linear"
                   : node.out().score_bits == 16 ? "linear_scores16"
                                                 : "linear_scores";
  return kernel_name(op, storage_bits(node, linear.weight_bits));
}

void emit(const IntegerLinear& linear, CWriter& c) {
  c.weights(linear.weights, c.out().shape[0], linear.weight_bits);
  const auto sizes = [&](const char* type) {
    Initializer init(type, c.id);
    init.field("in", c.in().shape[0]).field("out", c.out().shape[0]).field("weights", c.id + "_weights");
    return init;
  };
  if (c.out().scores && c.out().score_bits == 32) {
    c.tables << c_table("int32_t", c.id + "_bias", linear.bias)
             << sizes("nbl_linear_scores_t").field("bias", c.id + "_bias").str();
  } else {
    const std::string requant = c.requantization(linear.requantization);
    c.tables << sizes("nbl_linear_t").field("requant", requant).str();
  }
  c.call("&" + c.id, c.x(), c.y());
}

}  // namespace

const OpRule<IntegerLinear> IntegerLinear::rule{.traits = {.kind = "linear", .gives_scores = true},
                                                .output_shape = output_shape,
                                                .check_ranges = check_ranges,
                                                .cost = cost,
                                                .run = run,
                                                .accumulator = accumulator,
                                                .kernel = kernel,
                                                .emit = emit};

}  // namespace nibble::edge
