#include "core/check.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/graph/windows.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerUpsample& u, const NodeView& node) {
  check_image(node);
  check(u.factor > 0, node.who, ": found factor ", u.factor, ", expected a positive one");
  const Shape& x = node.in().shape;
  return {x[0] * u.factor, x[1] * u.factor, x[2]};
}

int repeated(const IntegerUpsample& u, const NodeView& node, const std::uint8_t* x, const ElementAt& at) {
  const Shape& shape = node.in().shape;
  return x[((at.oh / u.factor) * shape[1] + at.ow / u.factor) * shape[2] + at.c];
}

void emit(const IntegerUpsample& u, CWriter& c) {
  c.tables << c.image("nbl_upsample_t").field("factor", u.factor).str();
  c.call("&" + c.id, c.x(), c.y());
}

}  // namespace

const OpRule<IntegerUpsample> IntegerUpsample::rule{
    .traits = {.kind = "upsample"},
    .output_shape = output_shape,
    .check_ranges = [](const IntegerUpsample&, const NodeView& node) { check_moved(node); },
    .cost = [](const IntegerUpsample&, const NodeView&) { return DeviceCost{.struct_bytes = 16}; },
    .run = run_elements<IntegerUpsample, repeated>,
    .accumulator = accumulator_of_element<IntegerUpsample, repeated>,
    .emit = emit};

}  // namespace nibble::edge
