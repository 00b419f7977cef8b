#pragma once

#include <algorithm>
#include <vector>

#include "core/parallel.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/node_view.h"
#include "edge/graph/wide_integer.h"

namespace nibble::edge {

// Tools of the reference: sums and lines with every overflow checked, and walks over images and elements.

/// ⌊v / 2ⁿ⌋; Error where the device's 64 bits do not hold v.
inline std::int64_t shifted(const NodeView& node, Int128 v, int n) { return checked_shift(v, n, node.who); }

/// clamp((acc · mult[c] + offset[c]) >> shift, lo, hi), of two lines the larger.
std::int64_t requantized(const NodeView& node, const Requantization& r, std::int64_t acc, long channel);

/// Σ a·b of codes and weights.
std::int64_t dot(const std::int16_t* a, const std::int16_t* b, long n);

/// One image of a batch: x1 and x2 are the node's inputs (the same, if it has one), y or scores its output.
struct ReferenceImage {
  const std::uint8_t *x1, *x2;
  std::uint8_t* y;
  std::int32_t* scores;
};

/// Makes the node's output and computes it image by image, on all threads. work(const ReferenceImage&)
template <typename Work>
IntegerValue for_each_image(const NodeView& node, const std::vector<IntegerValue>& inputs, Work work) {
  const Array<std::uint8_t>&x1 = inputs.front().codes, &x2 = inputs.back().codes;
  const long images = x1.shape()[0], row = node.out().shape.count();
  const Shape shape = batch_shape(images, node.out().shape);
  IntegerValue y;
  if (node.out().scores) {
    y.scores = Array<std::int32_t>::uninitialized(shape);
  } else {
    y.codes = Array<std::uint8_t>::uninitialized(shape);
  }
  parallel_for(images, [&](long n) {
    work(ReferenceImage{x1.data() + n * x1.shape().row(), x2.data() + n * x2.shape().row(),
                        node.out().scores ? nullptr : y.codes.data() + n * row,
                        node.out().scores ? y.scores.data() + n * row : nullptr});
  });
  return y;
}

/// Where an element of the output stands, whose shape may have dropped its axes of one.
struct ElementAt {
  long oh = 0, ow = 0, c = 0;
  ElementAt(long row, long column, long channel) : oh(row), ow(column), c(channel) {}
  ElementAt(const NodeView& node, long index);
};

/// y = element(ElementAt) for each element of the output, in order.
template <typename Element>
void for_each_element(const NodeView& node, std::uint8_t* y, Element element) {
  const Shape& out = node.out().shape;
  const Shape image = out.rank() == 3 ? out : Shape{1, 1, out[0]};
  for (long oh = 0; oh < image[0]; ++oh) {
    for (long ow = 0; ow < image[1]; ++ow) {
      for (long c = 0; c < image[2]; ++c) *y++ = static_cast<std::uint8_t>(element(ElementAt(oh, ow, c)));
    }
  }
}

/// OpRule::run of an op whose output elements are each a function of one image of codes:
/// code(op, node, codes of the image, ElementAt), the code of that element.
template <typename Op, auto code>
IntegerValue run_elements(const Op& op, const NodeView& node, const std::vector<IntegerValue>& inputs) {
  return for_each_image(node, inputs, [&](const ReferenceImage& image) {
    for_each_element(node, image.y, [&](const ElementAt& at) { return code(op, node, image.x1, at); });
  });
}

/// OpRule::accumulator of an op whose element is `value` of one image, as above.
template <typename Op, auto value>
std::int64_t accumulator_of_element(const Op& op, const NodeView& node,
                                    const std::vector<IntegerValue>& inputs, long index) {
  return value(op, node, inputs[0].codes.data(), ElementAt(node, index));
}

}  // namespace nibble::edge
