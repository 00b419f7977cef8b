#include "core/kernels/conv/conv2d.h"

#include <vector>

#include "core/check.h"
#include "core/kernels/conv/conv2d_border.h"
#include "core/kernels/conv/depthwise_conv2d.h"
#include "core/kernels/onednn/engine.h"
#include "core/parallel.h"

namespace nibble::kernels {
namespace {

// padded: the image with its border
long output_extent(long padded, long kernel, int stride, int dilation) {
  const long reach = dilation * (kernel - 1) + 1;
  return padded < reach ? 0 : (padded - reach) / stride + 1;
}

}  // namespace

Shape conv2d_output_shape(const Shape& x, const Shape& w, const Conv2dGeometry& g, const char* who) {
  check(x.rank() == 4 && w.rank() == 4, who, ": input ", x, " and weight ", w,
        " where [N, H, W, C] and [O, KH, KW, C/groups] are expected");
  check(g.groups > 0 && w[0] % g.groups == 0 && w[3] * g.groups == x[3], who, ": input ", x, " has ", x[3],
        " channels but weight ", w, " in ", g.groups, " groups takes ", w[3] * g.groups);
  const long height = x[1] + 2 * g.padding.h + g.extra.h, width = x[2] + 2 * g.padding.w + g.extra.w;
  const Shape y{x[0], output_extent(height, w[1], g.stride.h, g.dilation.h),
                output_extent(width, w[2], g.stride.w, g.dilation.w), w[0]};
  check(y[1] > 0 && y[2] > 0, who, ": input ", x, " is smaller than the kernel of weight ", w);
  return y;
}

Conv2dResult conv2d_forward(const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                            const WantedResults& wanted, Precision precision) {
  BatchMoments moments(x.shape()[0], w.shape()[0]);
  const PieceListener of_y = wanted.moments ? moments.listener() : PieceListener();
  Tensor y;
  if (is_depthwise(x.shape(), w.shape(), geometry)) {
    y = depthwise_forward(x, w, geometry, of_y);
  } else if constexpr (onednn::kAvailable) {
    y = onednn::conv2d_forward(x, w, geometry, of_y, precision);
  } else {
    y = plain::conv2d_forward(x.whole(), w, geometry);
    return {y, wanted.moments ? std::optional(channel_moments(y)) : std::nullopt};
  }
  return {y, wanted.moments ? std::optional(moments.moments()) : std::nullopt};
}

Conv2dGradients conv2d_gradients(const PiecewiseTensor& dy, const PiecewiseTensor& x, const Tensor& w,
                                 const Conv2dGeometry& geometry, const WantedGradients& wanted,
                                 Precision precision) {
  if (is_depthwise(x.shape(), w.shape(), geometry)) return depthwise_gradients(dy, x, w, geometry, wanted);
  if constexpr (onednn::kAvailable) {
    std::vector<Tensor> taps(cut(x.shape()[0], kBatchPieces).size());
    const BorderTapSums border(w.shape(), x.shape(), geometry);
    const long row = dy.shape()[2] * dy.shape()[3];
    const auto sum_at_border = [&](long piece, Range elements, const Real* d) {
      border.add(d, {elements.begin / row, elements.end / row}, taps[static_cast<std::size_t>(piece)]);
    };
    Conv2dGradients gradients =
        onednn::conv2d_gradients(dy, wanted.border_taps ? PieceListener(sum_at_border) : PieceListener(), x,
                                 w, geometry, wanted, precision);
    gradients.border_taps = sum_of_pieces(taps);
    return gradients;
  }
  const Conv2dGradients gradients = plain::conv2d_gradients(dy.whole(), x.whole(), w, geometry, wanted);
  if (wanted.dx && wanted.dx_hook) {
    const std::vector<Range> pieces = cut(x.shape()[0], kBatchPieces);
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      Tensor piece = gradients.dx.rows(pieces[i]);
      const long row = piece.shape().row();
      (*wanted.dx_hook)(static_cast<long>(i), {pieces[i].begin * row, pieces[i].end * row}, piece.data());
    }
  }
  return gradients;
}

}  // namespace nibble::kernels
