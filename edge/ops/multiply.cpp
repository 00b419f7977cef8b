#include <cmath>

#include "core/check.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerMultiply&, const NodeView& node) {
  const Shape &x = node.in(0).shape, &factor = node.in(1).shape;
  const bool per_channel = x.rank() == 3 && factor.rank() == 1 && factor[0] == x[2];
  check(x == factor || per_channel, node.who, ": found inputs ", x, " and ", factor,
        ", expected equal shapes, or an image [H, W, C] and factors [C]");
  return x;
}

void check_ranges(const IntegerMultiply& m, const NodeView& node) {
  check_clamp(node, m.lo, m.hi, m.shift);
  const auto size = [](std::int64_t v) { return std::abs(static_cast<double>(v)); };
  const double steepest = size(m.product) * node.in(1).top + size(m.mult1);
  check(steepest < 2147483648.0, node.who, ": found a product and a multiplier of up to ", steepest,
        ", expected 32 bits to hold them");
  check_product(node, steepest * node.in(0).top + size(m.mult2) * node.in(1).top + size(m.offset), 0);
}

// What is shifted.
Int128 sum(const IntegerMultiply& m, int q1, int q2) {
  return Int128{q1} * (Int128{q2} * m.product + m.mult1) + Int128{q2} * m.mult2 + m.offset;
}

IntegerValue run(const IntegerMultiply& m, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  const long factors = node.in(1).shape.count();
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    for (long i = 0; i < node.out().shape.count(); ++i) {
      const std::int64_t code = shifted(node, sum(m, image.x1[i], image.x2[i % factors]), m.shift);
      image.y[i] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(code, m.lo, m.hi));
    }
  });
}

std::int64_t accumulator(const IntegerMultiply& m, const NodeView& node,
                         const std::vector<IntegerValue>& inputs, long index) {
  const long factors = node.in(1).shape.count();
  return static_cast<std::int64_t>(sum(m, inputs[0].codes[index], inputs[1].codes[index % factors]));
}

void emit(const IntegerMultiply& m, CWriter& c) {
  const long factors = c.view.in(1).shape.count();
  c.tables << Initializer("nbl_multiply_t", c.id)
                  .field("rows", c.out().shape.count() / factors)
                  .field("factors", factors)
                  .field("product", m.product)
                  .field("mult1", m.mult1)
                  .field("mult2", m.mult2)
                  .field("offset", m.offset)
                  .field("shift", m.shift)
                  .field("lo", m.lo)
                  .field("hi", m.hi)
                  .str();
  c.call("&" + c.id, c.x(0), c.x(1), c.y());
}

}  // namespace

// Factors of channels are a vector, so that a pixel depends on no other one.
const OpRule<IntegerMultiply> IntegerMultiply::rule{
    .traits = {.kind = "multiply", .inputs = 2, .runs_in_place = true},
    .is_pointwise = [](const IntegerMultiply&) { return true; },
    .output_shape = output_shape,
    .check_ranges = check_ranges,
    .cost = [](const IntegerMultiply&, const NodeView&) { return DeviceCost{.struct_bytes = 48}; },
    .run = run,
    .accumulator = accumulator,
    .emit = emit};

}  // namespace nibble::edge
