#include "core/kernels/conv/conv2d.h"

#include <vector>

#include "core/check.h"
#include "core/kernels/conv/conv2d_border.h"
#include "core/kernels/conv/depthwise_conv2d.h"
#include "core/kernels/onednn/engine.h"
#include "core/parallel.h"

namespace nibble::kernels {
namespace {

long output_extent(long in, long kernel, int stride, int padding, int dilation) {
  const long reach = dilation * (kernel - 1) + 1;
  return in + 2 * padding < reach ? 0 : (in + 2 * padding - reach) / stride + 1;
}

}  // namespace

Shape conv2d_output_shape(const Shape& x, const Shape& w, const Conv2dGeometry& g, const char* who) {
  check(x.rank() == 4 && w.rank() == 4, who, ": input ", x, " and weight ", w,
        " where [N, H, W, C] and [O, KH, KW, C/groups] are expected");
  check(g.groups > 0 && w[0] % g.groups == 0 && w[3] * g.groups == x[3], who, ": input ", x, " has ", x[3],
        " channels but weight ", w, " in ", g.groups, " groups takes ", w[3] * g.groups);
  const Shape y{x[0], output_extent(x[1], w[1], g.stride.h, g.padding.h, g.dilation.h),
                output_extent(x[2], w[2], g.stride.w, g.padding.w, g.dilation.w), w[0]};
  check(y[1] > 0 && y[2] > 0, who, ": input ", x, " is smaller than the kernel of weight ", w);
  return y;
}

Conv2dResult conv2d_forward(const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                            bool want_moments) {
  if (is_depthwise(x.shape(), w.shape(), geometry)) return depthwise_forward(x, w, geometry, want_moments);
  if constexpr (onednn::kAvailable) {
    std::vector<PartialMoments> parts(cut(x.shape()[0], kBatchPieces).size());
    Tensor y = onednn::conv2d_forward(x, w, geometry, [&](long piece, const Tensor& images) {
      if (want_moments) parts[static_cast<std::size_t>(piece)] = partial_moments(images);
    });
    return {y, want_moments ? std::optional(merge(parts)) : std::nullopt};
  }
  Tensor y = plain::conv2d_forward(x.whole(), w, geometry);
  return {y, want_moments ? std::optional(channel_moments(y)) : std::nullopt};
}

Conv2dGradients conv2d_gradients(const PiecewiseTensor& dy, const PiecewiseTensor& x, const Tensor& w,
                                 const Conv2dGeometry& geometry, const WantedGradients& wanted) {
  if (is_depthwise(x.shape(), w.shape(), geometry)) return depthwise_gradients(dy, x, w, geometry, wanted);
  if constexpr (onednn::kAvailable) {
    std::vector<Tensor> taps(cut(x.shape()[0], kBatchPieces).size());
    const BorderTapSums border(w.shape(), x.shape(), geometry);
    const auto see = [&](long piece, Range image_rows, const Real* d) {
      if (wanted.border_taps) border.add(d, image_rows, taps[static_cast<std::size_t>(piece)]);
    };
    Conv2dGradients gradients = onednn::conv2d_gradients(dy, see, x, w, geometry, wanted);
    gradients.border_taps = sum_of_pieces(taps);
    return gradients;
  }
  const Conv2dGradients gradients = plain::conv2d_gradients(dy.whole(), x.whole(), w, geometry, wanted);
  if (wanted.dx && wanted.watch_dx) {
    const std::vector<Range> pieces = cut(x.shape()[0], kBatchPieces);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      Tensor piece = gradients.dx.rows(pieces[i]);
      const long row = piece.shape().row();
      (*wanted.watch_dx)(static_cast<long>(i), {pieces[i].begin * row, pieces[i].end * row}, piece.data());
    }
  }
  return gradients;
}

}  // namespace nibble::kernels
