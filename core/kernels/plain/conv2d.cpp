#include "core/kernels/conv/conv2d.h"

#include <algorithm>
#include <vector>

#include "core/check.h"
#include "core/kernels/conv/conv2d_border.h"
#include "core/kernels/matrix/gemm.h"
#include "core/parallel.h"

// For one image and one group at a time, the patch of each output position is copied into a row of a matrix.
// Then all three passes are matrix products:
//
//   patches [OH·OW, KH·KW·I]   weight [J, KH·KW·I]   y [OH·OW, J]       I = C / groups, J = O / groups
//   y = patches · weightᵀ      d patches = dy · weight      d weight = Σ over images of dyᵀ · patches

namespace nibble::kernels::plain {
namespace {

struct Convolution {
  Shape x, w, y;
  Conv2dGeometry geometry;

  long in_channels() const { return w[3]; }
  long out_channels() const { return w[0] / geometry.groups; }
  long positions() const { return y[1] * y[2]; }
  long taps() const { return w[1] * w[2] * w[3]; }

  // Where the rows of a group lie in the weight, and its channels in an output image, whose rows are y[3]
  // apart.
  long weight(long group) const { return group * out_channels() * taps(); }
  long output(long n, long group) const { return n * y.row() + group * out_channels(); }

  // Calls visit(patch, pixel) for every tap of every output position: the offsets of its I channels in the
  // patch matrix and in the image. The latter is -1 if the tap lies outside of the image.
  template <typename Visit>
  void for_each_tap(long group, const Visit& visit) const {
    const auto& [stride, padding, dilation, groups, extra] = geometry;
    long patch = 0;
    for (long oh = 0; oh < y[1]; ++oh) {
      for (long ow = 0; ow < y[2]; ++ow) {
        for (long kh = 0; kh < w[1]; ++kh) {
          const long h = oh * stride.h - padding.h + kh * dilation.h;
          for (long kw = 0; kw < w[2]; ++kw, patch += in_channels()) {
            const long v = ow * stride.w - padding.w + kw * dilation.w;
            const bool inside = 0 <= h && h < x[1] && 0 <= v && v < x[2];
            visit(patch, inside ? (h * x[2] + v) * x[3] + group * in_channels() : -1);
          }
        }
      }
    }
  }

  void gather_patches(const Tensor& image_batch, long n, long group, Real* into) const {
    const Real* const image = image_batch.data() + n * x.row();
    for_each_tap(group, [&](long patch, long pixel) {
      if (pixel < 0) {
        std::fill_n(into + patch, in_channels(), Real(0));
      } else {
        std::copy_n(image + pixel, in_channels(), into + patch);
      }
    });
  }

  // The transposed operation: each pixel receives the sum over the patches that contain it.
  void scatter_patches(const Real* from, Tensor& image_batch, long n, long group) const {
    Real* const image = image_batch.data() + n * x.row();
    for_each_tap(group, [&](long patch, long pixel) {
      if (pixel < 0) return;
      for (long c = 0; c < in_channels(); ++c) image[pixel + c] += from[patch + c];
    });
  }
};

Convolution convolution(const Shape& x, const Shape& w, const Conv2dGeometry& geometry) {
  return {x, w, conv2d_output_shape(x, w, geometry, "conv2d"), geometry};
}

// Calls body(piece, n, patches) for every image. `patches` is a buffer that the images of a piece share.
template <typename Body>
void for_each_image(const Convolution& conv, const std::vector<Range>& pieces, const Body& body) {
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    Tensor patches = Tensor::uninitialized({conv.positions(), conv.taps()});
    const Range piece = pieces[static_cast<std::size_t>(p)];
    for (long n = piece.begin; n < piece.end; ++n) body(p, n, patches.data());
  });
}

}  // namespace

Tensor image_patches(const Tensor& x, long n, const Shape& w, const Conv2dGeometry& geometry) {
  check(geometry.groups == 1, "image_patches: found ", geometry.groups, " groups, expected 1");
  const Convolution conv = convolution(x.shape(), w, geometry);
  Tensor patches = Tensor::uninitialized({conv.positions(), conv.taps()});
  conv.gather_patches(x, n, 0, patches.data());
  return patches;
}

Tensor conv2d_forward(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry) {
  const Convolution conv = convolution(x.shape(), w.shape(), geometry);
  Tensor y = Tensor::uninitialized(conv.y);
  for_each_image(conv, cut(x.shape()[0], kBatchPieces), [&](long, long n, Real* patches) {
    for (long group = 0; group < geometry.groups; ++group) {
      conv.gather_patches(x, n, group, patches);
      gemm_nt(conv.positions(), conv.out_channels(), conv.taps(), patches, conv.taps(),
              w.data() + conv.weight(group), conv.taps(), y.data() + conv.output(n, group), conv.y[3]);
    }
  });
  return y;
}

Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& w, const Shape& x,
                             const Conv2dGeometry& geometry) {
  const Convolution conv = convolution(x, w.shape(), geometry);
  Tensor dx(x);
  for_each_image(conv, cut(x[0], kBatchPieces), [&](long, long n, Real* patches) {
    for (long group = 0; group < geometry.groups; ++group) {
      gemm_nn(conv.positions(), conv.taps(), conv.out_channels(), dy.data() + conv.output(n, group),
              conv.y[3], w.data() + conv.weight(group), conv.taps(), patches, conv.taps());
      conv.scatter_patches(patches, dx, n, group);
    }
  });
  return dx;
}

Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                              const Conv2dGeometry& geometry) {
  const Convolution conv = convolution(x.shape(), w, geometry);
  const std::vector<Range> pieces = cut(x.shape()[0], kBatchPieces);
  std::vector<Tensor> partial(pieces.size());
  for (Tensor& sum : partial) sum = Tensor(w);
  for_each_image(conv, pieces, [&](long p, long n, Real* patches) {
    Real* const sum = partial[static_cast<std::size_t>(p)].data();
    for (long group = 0; group < geometry.groups; ++group) {
      conv.gather_patches(x, n, group, patches);
      add_gemm_tn(conv.out_channels(), conv.taps(), conv.positions(), dy.data() + conv.output(n, group),
                  conv.y[3], patches, conv.taps(), sum + conv.weight(group), conv.taps());
    }
  });
  Tensor dw = partial[0];
  for (std::size_t p = 1; p < partial.size(); ++p) {
    for (long i = 0; i < dw.size(); ++i) dw.data()[i] += partial[p].data()[i];
  }
  return dw;
}

Conv2dGradients conv2d_gradients(const Tensor& dy, const Tensor& x, const Tensor& w,
                                 const Conv2dGeometry& geometry, const WantedGradients& wanted) {
  Conv2dGradients gradients;
  if (wanted.dx) gradients.dx = PiecewiseTensor(conv2d_input_gradient(dy, w, x.shape(), geometry));
  if (wanted.dw) gradients.dw = conv2d_weight_gradient(dy, x, w.shape(), geometry);
  if (wanted.border_taps) gradients.border_taps = border_tap_sums(dy, w.shape(), x.shape(), geometry);
  return gradients;
}

}  // namespace nibble::kernels::plain
