#include "core/check.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/kernel_name.h"
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

int code(const IntegerUpsample& u, const Shape& shape, const std::uint8_t* x, const ElementAt& at) {
  return x[((at.oh / u.factor) * shape[1] + at.ow / u.factor) * shape[2] + at.c];
}

IntegerValue run(const IntegerUpsample& u, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    for_each_element(node, image.y,
                     [&](const ElementAt& at) { return code(u, node.in().shape, image.x1, at); });
  });
}

std::int64_t accumulator(const IntegerUpsample& u, const NodeView& node,
                         const std::vector<IntegerValue>& inputs, long index) {
  return code(u, node.in().shape, inputs[0].codes.data(), ElementAt(node, index));
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
    .run = run,
    .accumulator = accumulator,
    .kernel = [](const IntegerUpsample&,
                 const NodeView& node) { return kernel_name("upsample", storage_bits(node)); },
    .emit = emit};

}  // namespace nibble::edge
