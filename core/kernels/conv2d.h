#pragma once

#include "core/array.h"

namespace nibble::kernels {

// Convolution (as networks mean it: correlation) of NHWC images.
//   x: [N, H, W, C]   w: [O, KH, KW, C/groups]   y: [N, OH, OW, O]
//   OH = (H + 2·pad − dilation·(KH − 1) − 1) / stride + 1
// Output channel o belongs to group o / (O/groups). Results do not depend on the number of threads: the batch
// is cut into fixed pieces, each computed by one thread, partial weight gradients added in order.

struct Conv2dGeometry {
  Size2 stride{1, 1};
  Size2 padding{0, 0};  // on both sides
  Size2 dilation{1, 1};
  int groups = 1;
  bool operator==(const Conv2dGeometry&) const = default;
};

/// Throws Error where the shapes do not fit; `who` opens the message.
Shape conv2d_output_shape(const Shape& x, const Shape& w, const Conv2dGeometry& geometry, const char* who);

/// The border reads as zero; see conv2d_border.h for another value.
Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry);
Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& w, const Shape& x,
                             const Conv2dGeometry& geometry);
Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                              const Conv2dGeometry& geometry);

/// The same three by im2col and Eigen: the oracle of the tests, and the engine without oneDNN or in double.
namespace plain {
Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry);
Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& w, const Shape& x,
                             const Conv2dGeometry& geometry);
Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                              const Conv2dGeometry& geometry);

/// What the weight [O, KH, KW, C] meets in image n of x: rows [OH·OW, KH·KW·C] in the weight's order, the
/// border as zero. Not for groups.
Tensor image_patches(const Tensor& x, long n, const Shape& w, const Conv2dGeometry& geometry);
}  // namespace plain

}  // namespace nibble::kernels
