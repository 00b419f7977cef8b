#include <algorithm>

#include "core/check.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/graph/windows.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerSubsample& s, const NodeView& node) {
  check_image(node);
  const Shape &x = node.in().shape, &y = node.out().shape;
  const long channels = y.rank() == 3 ? y[2] : 0;
  check(s.stride > 0 && s.leading >= 0 && s.leading + x[2] <= channels, node.who, ": found stride ", s.stride,
        " and ", s.leading, " channels in front of ", x[2], ", expected room for them in ", channels);
  return {(x[0] + s.stride - 1) / s.stride, (x[1] + s.stride - 1) / s.stride, channels};
}

void check_ranges(const IntegerSubsample& s, const NodeView& node) {
  check_border(node, s.border_code);
  check_moved(node);
}

int kept(const IntegerSubsample& s, const NodeView& node, const std::uint8_t* x, const ElementAt& at) {
  const Shape& shape = node.in().shape;
  const long from = at.c - s.leading;
  if (from < 0 || from >= shape[2]) return s.border_code;
  return x[(at.oh * s.stride * shape[1] + at.ow * s.stride) * shape[2] + from];
}

// The same as `kept` of each element, a pixel at a time.
IntegerValue run(const IntegerSubsample& s, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  const Shape &in = node.in().shape, &out = node.out().shape;
  const auto border = static_cast<std::uint8_t>(s.border_code);
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    std::uint8_t* y = image.y;
    for (long oh = 0; oh < out[0]; ++oh) {
      for (long ow = 0; ow < out[1]; ++ow) {
        y = std::fill_n(y, s.leading, border);
        y = std::copy_n(image.x1 + (oh * s.stride * in[1] + ow * s.stride) * in[2], in[2], y);
        y = std::fill_n(y, out[2] - s.leading - in[2], border);
      }
    }
  });
}

void emit(const IntegerSubsample& s, CWriter& c) {
  c.tables << c.image("nbl_subsample_t")
                  .field("stride", s.stride)
                  .field("out_channels", c.out().shape[2])
                  .field("leading", s.leading)
                  .field("border_code", s.border_code)
                  .str();
  c.call("&" + c.id, c.x(), c.y());
}

}  // namespace

const OpRule<IntegerSubsample> IntegerSubsample::rule{
    .traits = {.kind = "subsample"},
    .output_shape = output_shape,
    .check_ranges = check_ranges,
    .cost = [](const IntegerSubsample&, const NodeView&) { return DeviceCost{.struct_bytes = 28}; },
    .run = run,
    .accumulator = accumulator_of_element<IntegerSubsample, kept>,
    .emit = emit};

}  // namespace nibble::edge
