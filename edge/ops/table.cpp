#include "core/check.h"
#include "edge/emit/c_text.h"
#include "edge/emit/c_writer.h"
#include "edge/graph/op_rule.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

void check_ranges(const IntegerTable& table, const NodeView& node) {
  const auto size = static_cast<int>(table.table.size());
  check(size > node.in().top && size <= 256, node.who, ": found a table of ", size, " entries, expected ",
        node.in().top + 1, " ... 256");
  for (const int code : table.table) {
    check(code <= node.out().top, node.who, ": found table entry ", code, ", expected 0 ... ",
          node.out().top);
  }
}

IntegerValue run(const IntegerTable& table, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    std::transform(image.x1, image.x1 + node.out().shape.count(), image.y,
                   [&](std::uint8_t q) { return table.table[q]; });
  });
}

void emit(const IntegerTable& table, CWriter& c) {
  c.tables << c_table("uint8_t", c.id + "_table", table.table);
  c.call(c.id + "_table", c.out().shape.count(), c.x(), c.y());
}

}  // namespace

const OpRule<IntegerTable> IntegerTable::rule{
    .traits = {.kind = "table", .runs_in_place = true},
    .is_pointwise = [](const IntegerTable&) { return true; },
    .output_shape = [](const IntegerTable&, const NodeView& node) { return node.in().shape; },
    .check_ranges = check_ranges,
    .cost = [](const IntegerTable& table,
               const NodeView&) { return DeviceCost{.table_bytes = static_cast<long>(table.table.size())}; },
    .run = run,
    .accumulator = [](const IntegerTable&, const NodeView&, const std::vector<IntegerValue>& inputs,
                      long index) { return std::int64_t{inputs[0].codes[index]}; },
    .kernel = [](const IntegerTable&,
                 const NodeView& node) { return kernel_name("lookup", storage_bits(node)); },
    .emit = emit};

}  // namespace nibble::edge
