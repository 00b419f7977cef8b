#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/graph/windows.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

// Global pooling may drop its two axes of one.
Shape output_shape(const IntegerAveragePool& pool, const NodeView& node) {
  const Shape y = sliding_shape(node, {pool.kernel, pool.stride}, node.in().shape.back());
  return y[0] == 1 && y[1] == 1 && node.out().shape.rank() == 1 ? Shape{y[2]} : y;
}

void check_ranges(const IntegerAveragePool& pool, const NodeView& node) {
  const AccumulatorRange range{0, std::int64_t{pool.kernel.h} * pool.kernel.w * node.in().top};
  check_requantization(node, pool.requantization, {&range, 1}, node.in().shape[2]);
}

std::int64_t window_sum(const IntegerAveragePool& pool, const NodeView& node, const std::uint8_t* x,
                        const ElementAt& at) {
  const Shape& shape = node.in().shape;
  std::int64_t total = 0;
  for (long kh = 0; kh < pool.kernel.h; ++kh) {
    for (long kw = 0; kw < pool.kernel.w; ++kw) {
      const long h = at.oh * pool.stride.h + kh, w = at.ow * pool.stride.w + kw;
      total += x[(h * shape[1] + w) * shape[2] + at.c];
    }
  }
  return total;
}

std::int64_t window_mean(const IntegerAveragePool& pool, const NodeView& node, const std::uint8_t* x,
                         const ElementAt& at) {
  return requantized(node, pool.requantization, window_sum(pool, node, x, at), at.c);
}

void emit(const IntegerAveragePool& pool, CWriter& c) {
  const std::string requant = c.requantization(pool.requantization);
  c.tables << c.windows("nbl_average_pool_t")
                  .size("kernel_h", "kernel_w", pool.kernel)
                  .size("stride_h", "stride_w", pool.stride)
                  .field("requant", requant)
                  .str();
  c.call("&" + c.id, c.x(), c.y());
}

}  // namespace

const OpRule<IntegerAveragePool> IntegerAveragePool::rule{
    .traits = {.kind = "average_pool"},
    .output_shape = output_shape,
    .check_ranges = check_ranges,
    .cost =
        [](const IntegerAveragePool& pool, const NodeView&) {
          return DeviceCost{.table_bytes = bytes_of(pool.requantization), .struct_bytes = 68};
        },
    .run = run_elements<IntegerAveragePool, window_mean>,
    .accumulator = accumulator_of_element<IntegerAveragePool, window_sum>,
    .emit = emit};

}  // namespace nibble::edge
