#pragma once

#include <optional>

#include "core/array.h"
#include "core/kernels/conv/code_sums.h"
#include "core/piece_listener.h"
#include "core/piecewise_tensor.h"

namespace nibble::kernels {

// Convolution (as networks mean it: correlation) of NHWC images.
//   x: [N, H, W, C]   w: [O, KH, KW, C/groups]   y: [N, OH, OW, O]
//   OH = (H + 2·pad + extra − dilation·(KH − 1) − 1) / stride + 1
// Output channel o belongs to group o / (O/groups). Results do not depend on the number of threads: the batch
// is cut into fixed pieces, each computed by one thread, partial weight gradients added in order. Depthwise
// products are float32, whatever precision is asked for.

struct Conv2dGeometry {
  Size2 stride{1, 1};
  Size2 padding{0, 0};  // on both sides
  Size2 dilation{1, 1};
  int groups = 1;
  Size2 extra{0, 0};  // more padding at the end only: TensorFlow's SAME has some where the stride is 2
  bool padded() const { return padding != Size2{0, 0} || extra != Size2{0, 0}; }
  bool operator==(const Conv2dGeometry&) const = default;
};

/// How real numbers enter products: gradients, and images and weights that are no codes. (Codes are exact in
/// both.) Sums are float. bfloat16 needs has_bfloat16_products() (conv2d_codes.h).
enum class Precision { float32, bfloat16 };

/// Throws Error where the shapes do not fit; `who` opens the message.
Shape conv2d_output_shape(const Shape& x, const Shape& w, const Conv2dGeometry& geometry, const char* who);

/// y, and its moments over the batch where they are wanted: they are counted while y is made, so that the
/// batch norm behind need not read it. The border reads as zero; see conv2d_border.h for another value.
struct Conv2dResult {
  Tensor y;
  std::optional<ChannelMoments> moments;
  std::optional<CodeSums> sums = {};  // of codes, instead of y, where they fit
  PiecewiseTensor values() const { return sums ? sums->values() : y; }
};
struct WantedResults {
  bool moments = false;
};
Conv2dResult conv2d_forward(const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                            const WantedResults& wanted = {}, Precision precision = Precision::float32);

/// dx: [x], dw: [w], and the sums of dy that a border's gradient is made of (conv2d_border.h), each where
/// wanted. What is made of a piece of dy is made while it is in the cache.
struct Conv2dGradients {
  PiecewiseTensor dx;
  Tensor dw, border_taps;
};
struct WantedGradients {
  bool dx = true, border_taps = false, dw = true;
  // Of conv2d_gradients: called with dx while it is made. If it rewrites, what it leaves is in the place of
  // dx.
  const PieceHook* dx_hook = nullptr;
};
Conv2dGradients conv2d_gradients(const PiecewiseTensor& dy, const PiecewiseTensor& x, const Tensor& w,
                                 const Conv2dGeometry& geometry, const WantedGradients& wanted,
                                 Precision precision = Precision::float32);

/// y, dx and dw by im2col and Eigen: the oracle of the tests, and the engine without oneDNN or in double.
namespace plain {
Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry);
Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& w, const Shape& x,
                             const Conv2dGeometry& geometry);
Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                              const Conv2dGeometry& geometry);
Conv2dGradients conv2d_gradients(const Tensor& dy, const Tensor& x, const Tensor& w,
                                 const Conv2dGeometry& geometry, const WantedGradients& wanted);

/// What the weight [O, KH, KW, C] meets in image n of x: rows [OH·OW, KH·KW·C] in the weight's order, the
/// border as zero. Not for groups.
Tensor image_patches(const Tensor& x, long n, const Shape& w, const Conv2dGeometry& geometry);
}  // namespace plain

}  // namespace nibble::kernels
