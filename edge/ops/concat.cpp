#include "core/check.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerConcat&, const NodeView& node) {
  Shape y = node.in().shape;
  for (std::size_t i = 1; i < node.node.inputs.size(); ++i) {
    const Shape& x = node.in(i).shape;
    Shape expected = node.in().shape;
    if (x.rank() == expected.rank()) expected[expected.rank() - 1] = x.back();
    check(x == expected, node.who, ": found inputs ", node.in().shape, " and ", x,
          ", expected shapes that differ in the number of channels only");
    y[y.rank() - 1] += x.back();
  }
  return y;
}

void check_ranges(const IntegerConcat&, const NodeView& node) {
  for (std::size_t i = 0; i < node.node.inputs.size(); ++i) {
    check(node.in(i).top == node.out().top, node.who, ": found codes up to ", node.in(i).top,
          " moved to codes up to ", node.out().top, ", expected one grid");
  }
}

IntegerValue run(const IntegerConcat&, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  const Shape shape = batch_shape(inputs.front().codes.shape()[0], node.out().shape);
  const long channels = shape.back(), pixels = shape.count() / channels;
  IntegerValue y{.codes = Array<std::uint8_t>::uninitialized(shape)};
  std::uint8_t* into = y.codes.data();
  for (const IntegerValue& part : inputs) {
    const long count = part.codes.shape().back();
    parallel_for(shape[0], [&](long n) {
      for (long p = n * pixels / shape[0]; p < (n + 1) * pixels / shape[0]; ++p)
        std::copy(part.codes.data() + p * count, part.codes.data() + (p + 1) * count, into + p * channels);
    });
    into += count;
  }
  return y;
}

std::int64_t accumulator(const IntegerConcat&, const NodeView& node, const std::vector<IntegerValue>& inputs,
                         long index) {
  const long pixel = index / node.out().shape.back();
  long channel = index % node.out().shape.back();
  std::size_t part = 0;
  while (channel >= node.in(part).shape.back()) channel -= node.in(part++).shape.back();
  return inputs[part].codes[pixel * node.in(part).shape.back() + channel];
}

// A call for each part.
void emit(const IntegerConcat&, CWriter& c) {
  const long channels = c.out().shape.back(), pixels = c.out().shape.count() / channels;
  long first = 0;
  for (std::size_t i = 0; i < c.view.node.inputs.size(); ++i) {
    const long count = c.view.in(i).shape.back();
    c.call(pixels, count, channels, c.x(i), str(c.y(), " + ", first));
    first += count;
  }
}

}  // namespace

const OpRule<IntegerConcat> IntegerConcat::rule{.traits = {.kind = "concat", .inputs = 0},
                                                .output_shape = output_shape,
                                                .check_ranges = check_ranges,
                                                .run = run,
                                                .accumulator = accumulator,
                                                .emit = emit};

}  // namespace nibble::edge
