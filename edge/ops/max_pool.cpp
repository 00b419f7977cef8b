#include "core/check.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/graph/windows.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerMaxPool& pool, const NodeView& node) {
  check(pool.padding.h + pool.extra.h < pool.kernel.h && pool.padding.w + pool.extra.w < pool.kernel.w,
        node.who, ": found padding ", pool.padding,
        pool.extra == Size2{0, 0} ? "" : str(" and more at the end, ", pool.extra),
        ", expected less than the kernel ", pool.kernel);
  const Window window{
      .kernel = pool.kernel, .stride = pool.stride, .padding = pool.padding, .extra = pool.extra};
  return sliding_shape(node, window, node.in().shape.back());
}

int largest(const IntegerMaxPool& pool, const NodeView& node, const std::uint8_t* x, const ElementAt& at) {
  const Shape& shape = node.in().shape;
  int code = 0;
  for (long kh = 0; kh < pool.kernel.h; ++kh) {
    for (long kw = 0; kw < pool.kernel.w; ++kw) {
      const long ih = at.oh * pool.stride.h - pool.padding.h + kh,
                 iw = at.ow * pool.stride.w - pool.padding.w + kw;
      if (ih < 0 || ih >= shape[0] || iw < 0 || iw >= shape[1]) continue;
      code = std::max<int>(code, x[(ih * shape[1] + iw) * shape[2] + at.c]);
    }
  }
  return code;
}

void emit(const IntegerMaxPool& pool, CWriter& c) {
  c.tables << c.windows("nbl_max_pool_t")
                  .size("kernel_h", "kernel_w", pool.kernel)
                  .size("stride_h", "stride_w", pool.stride)
                  .size("pad_h", "pad_w", pool.padding)
                  .str();
  c.call("&" + c.id, c.x(), c.y());
}

}  // namespace

const OpRule<IntegerMaxPool> IntegerMaxPool::rule{
    .traits = {.kind = "max_pool"},
    .output_shape = output_shape,
    .check_ranges = [](const IntegerMaxPool&, const NodeView& node) { check_moved(node); },
    .cost = [](const IntegerMaxPool&, const NodeView&) { return DeviceCost{.struct_bytes = 44}; },
    .run = run_elements<IntegerMaxPool, largest>,
    .accumulator = accumulator_of_element<IntegerMaxPool, largest>,
    .emit = emit};

}  // namespace nibble::edge
