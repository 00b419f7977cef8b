#include <cmath>

#include "core/check.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerAdd&, const NodeView& node) {
  check(node.in(0).shape == node.in(1).shape, node.who, ": found inputs ", node.in(0).shape, " and ",
        node.in(1).shape, ", expected equal shapes");
  return node.in().shape;
}

void check_ranges(const IntegerAdd& add, const NodeView& node) {
  check_clamp(node, add.lo, add.hi, add.shift);
  const auto total = [&](const AddLine& line) {
    return std::abs(static_cast<double>(line.mult1)) * node.in(0).top +
           std::abs(static_cast<double>(line.mult2)) * node.in(1).top +
           std::abs(static_cast<double>(line.offset));
  };
  check_product(node, total(add.line), 0);
  if (add.line2) check_product(node, total(*add.line2), 0);
}

IntegerValue run(const IntegerAdd& add, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    const auto code = [&](const AddLine& line, long i) {
      const Int128 sum = Int128{image.x1[i]} * line.mult1 + Int128{image.x2[i]} * line.mult2 + line.offset;
      return shifted(node, sum, add.shift);
    };
    for (long i = 0; i < node.out().shape.count(); ++i) {
      std::int64_t q = code(add.line, i);
      if (add.line2) q = std::max(q, code(*add.line2, i));
      image.y[i] = static_cast<std::uint8_t>(std::clamp<std::int64_t>(q, add.lo, add.hi));
    }
  });
}

std::int64_t accumulator(const IntegerAdd& add, const NodeView&, const std::vector<IntegerValue>& inputs,
                         long index) {
  return std::int64_t{inputs[0].codes[index]} * add.line.mult1 +
         std::int64_t{inputs[1].codes[index]} * add.line.mult2 + add.line.offset;
}

void emit(const IntegerAdd& add, CWriter& c) {
  const auto line = [](const AddLine& l) { return str("{", l.mult1, ", ", l.mult2, ", ", l.offset, "}"); };
  c.tables << Initializer("nbl_add_t", c.id)
                  .field("count", c.out().shape.count())
                  .field("lines", add.line2 ? 2 : 1)
                  .field("line", str("{", line(add.line), ", ", line(add.line2.value_or(AddLine{})), "}"))
                  .field("shift", add.shift)
                  .field("lo", add.lo)
                  .field("hi", add.hi)
                  .str();
  c.call("&" + c.id, c.x(0), c.x(1), c.y());
}

}  // namespace

const OpRule<IntegerAdd> IntegerAdd::rule{
    .traits = {.kind = "add", .inputs = 2, .runs_in_place = true},
    .is_pointwise = [](const IntegerAdd&) { return true; },
    .output_shape = output_shape,
    .check_ranges = check_ranges,
    .cost = [](const IntegerAdd&, const NodeView&) { return DeviceCost{.struct_bytes = 56}; },
    .run = run,
    .accumulator = accumulator,
    .emit = emit};

}  // namespace nibble::edge
