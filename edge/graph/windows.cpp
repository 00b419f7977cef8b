#include "edge/graph/windows.h"

#include "core/check.h"

namespace nibble::edge {
namespace {

long windows(long extent, int kernel, int stride, int padding, int dilation) {
  return (extent + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

bool positive(Size2 size) { return size.h > 0 && size.w > 0; }

}  // namespace

void check_image(const NodeView& node) {
  check(node.in().shape.rank() == 3, node.who, ": found input ", node.in().shape,
        ", expected an image [height, width, channels]");
}

Shape sliding_shape(const NodeView& node, const Window& w, long channels) {
  check_image(node);
  check(positive(w.kernel) && positive(w.stride) && positive(w.dilation) && w.padding.h >= 0 &&
            w.padding.w >= 0,
        node.who, ": found kernel ", w.kernel, ", stride ", w.stride, ", dilation ", w.dilation, ", padding ",
        w.padding, ", expected positive extents");
  const Shape& x = node.in().shape;
  const bool fits = x[0] + 2 * w.padding.h >= w.dilation.h * (w.kernel.h - 1) + 1 &&
                    x[1] + 2 * w.padding.w >= w.dilation.w * (w.kernel.w - 1) + 1;
  check(fits, node.who, ": found a kernel of ", w.kernel, ", expected one that fits into the image ", x,
        " with its padding");
  return {windows(x[0], w.kernel.h, w.stride.h, w.padding.h, w.dilation.h),
          windows(x[1], w.kernel.w, w.stride.w, w.padding.w, w.dilation.w), channels};
}

}  // namespace nibble::edge
