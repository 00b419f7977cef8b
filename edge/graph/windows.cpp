#include "edge/graph/windows.h"

#include "core/check.h"

namespace nibble::edge {
namespace {

// How far a kernel reaches.
long reach(int kernel, int dilation) { return long{dilation} * (kernel - 1) + 1; }

bool positive(Size2 size) { return size.h > 0 && size.w > 0; }
bool not_negative(Size2 size) { return size.h >= 0 && size.w >= 0; }

}  // namespace

void check_image(const NodeView& node) {
  check(node.in().shape.rank() == 3, node.who, ": found input ", node.in().shape,
        ", expected an image [height, width, channels]");
}

Shape sliding_shape(const NodeView& node, const Window& w, long channels) {
  check_image(node);
  check(positive(w.kernel) && positive(w.stride) && positive(w.dilation) && not_negative(w.padding) &&
            not_negative(w.extra),
        node.who, ": found kernel ", w.kernel, ", stride ", w.stride, ", dilation ", w.dilation, ", padding ",
        w.padding, ", more of it at the end ", w.extra, ", expected positive extents");
  const Shape& x = node.in().shape;
  const long free_rows = x[0] + 2 * w.padding.h + w.extra.h - reach(w.kernel.h, w.dilation.h);
  const long free_columns = x[1] + 2 * w.padding.w + w.extra.w - reach(w.kernel.w, w.dilation.w);
  check(free_rows >= 0 && free_columns >= 0, node.who, ": found a kernel of ", w.kernel,
        ", expected one that fits into the image ", x, " with its padding");
  return {free_rows / w.stride.h + 1, free_columns / w.stride.w + 1, channels};
}

}  // namespace nibble::edge
