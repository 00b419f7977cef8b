#include <algorithm>

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

// The same as `repeated` of each element, a pixel at a time.
IntegerValue run(const IntegerUpsample& u, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  const Shape &in = node.in().shape, &out = node.out().shape;
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    std::uint8_t* y = image.y;
    for (long oh = 0; oh < out[0]; ++oh) {
      const std::uint8_t* const row = image.x1 + oh / u.factor * in[1] * in[2];
      for (long ow = 0; ow < out[1]; ++ow) y = std::copy_n(row + ow / u.factor * in[2], in[2], y);
    }
  });
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
    .accumulator = accumulator_of_element<IntegerUpsample, repeated>,
    .emit = emit};

}  // namespace nibble::edge
