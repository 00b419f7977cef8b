#include "core/check.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerSlice& s, const NodeView& node) {
  Shape y = node.in().shape;
  check(0 <= s.begin && s.begin < s.end && s.end <= y.back(), node.who, ": found channels ", s.begin, " to ",
        s.end, " of input ", y, ", expected 0 <= begin < end <= channels");
  y[y.rank() - 1] = s.end - s.begin;
  return y;
}

IntegerValue run(const IntegerSlice& s, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  const long channels = node.in().shape.back(), count = s.end - s.begin;
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    const std::uint8_t* x = image.x1 + s.begin;
    for (long i = 0; i < node.out().shape.count(); i += count, x += channels)
      std::copy(x, x + count, image.y + i);
  });
}

std::int64_t accumulator(const IntegerSlice& s, const NodeView& node, const std::vector<IntegerValue>& inputs,
                         long index) {
  const long count = s.end - s.begin;
  return inputs[0].codes[index / count * node.in().shape.back() + s.begin + index % count];
}

void emit(const IntegerSlice& s, CWriter& c) {
  const long channels = c.in().shape.back();
  c.call(c.in().shape.count() / channels, channels, s.end - s.begin, str(c.x(), " + ", s.begin), c.y());
}

}  // namespace

const OpRule<IntegerSlice> IntegerSlice::rule{
    .traits = {.kind = "slice"},
    .output_shape = output_shape,
    .check_ranges = [](const IntegerSlice&, const NodeView& node) { check_moved(node); },
    .run = run,
    .accumulator = accumulator,
    .emit = emit};

}  // namespace nibble::edge
