#include "core/check.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/range_checks.h"
#include "edge/run/reference_image.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerReshape&, const NodeView& node) {
  check(node.in().shape.count() == node.out().shape.count(), node.who, ": found ", node.in().shape,
        " reshaped to ", node.out().shape, ", expected as many elements");
  return node.out().shape;
}

IntegerValue run(const IntegerReshape&, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    std::copy(image.x1, image.x1 + node.out().shape.count(), image.y);
  });
}

}  // namespace

const OpRule<IntegerReshape> IntegerReshape::rule{
    .traits = {.kind = "reshape", .same_bytes = true},
    .output_shape = output_shape,
    .check_ranges = [](const IntegerReshape&, const NodeView& node) { check_moved(node); },
    .run = run,
    .accumulator = [](const IntegerReshape&, const NodeView&, const std::vector<IntegerValue>& inputs,
                      long index) { return std::int64_t{inputs[0].codes[index]}; },
    .kernel = [](const IntegerReshape&, const NodeView&) { return std::string(); },
    .emit = [](const IntegerReshape&, CWriter&) {}};

}  // namespace nibble::edge
