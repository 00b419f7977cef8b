#include "core/kernels/depthwise_conv2d.h"

#include <algorithm>
#include <vector>

#include "core/parallel.h"

namespace nibble::kernels {
namespace {

struct Layer {
  Shape x, w, y;
  Conv2dGeometry geometry;
};

// sums[tap, c] += Σ dy x over one image, for Width channels from c0 on.
template <long Width>
void add_block(const Layer& l, const Real* dy, const Real* x, long c0, double* sums) {
  const long channels = l.x[3], width = l.x[2];
  const Size2 stride = l.geometry.stride, padding = l.geometry.padding;
  for (long oh = 0; oh < l.y[1]; ++oh) {
    for (long kh = 0; kh < l.w[1]; ++kh) {
      const long h = oh * stride.h - padding.h + kh;
      if (h < 0 || h >= l.x[1]) continue;
      for (long kw = 0; kw < l.w[2]; ++kw) {
        // positions ow that read a pixel: 0 ≤ ow · stride − padding + kw < width
        const long first = std::max(0L, (padding.w - kw + stride.w - 1) / stride.w);
        const long last = std::min(l.y[2], (width - 1 + padding.w - kw) / stride.w + 1);
        Real sum[Width] = {};
        for (long ow = first; ow < last; ++ow) {
          const Real* const d = dy + (oh * l.y[2] + ow) * channels + c0;
          const Real* const v = x + (h * width + ow * stride.w - padding.w + kw) * channels + c0;
          for (long j = 0; j < Width; ++j) sum[j] += d[j] * v[j];
        }
        double* const into = sums + (kh * l.w[2] + kw) * channels + c0;
        for (long j = 0; j < Width; ++j) into[j] += static_cast<double>(sum[j]);
      }
    }
  }
}

}  // namespace

bool is_depthwise(const Shape& x, const Shape& w, const Conv2dGeometry& g) {
  return g.groups > 1 && g.groups == x[3] && w[0] == x[3] && g.dilation == Size2{1, 1};
}

Tensor depthwise_conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const Shape& w,
                                        const Conv2dGeometry& geometry) {
  const Layer l{x.shape(), w, dy.shape(), geometry};
  const long channels = w[0], taps = w[1] * w[2];
  const std::vector<Range> pieces = cut(l.x[0], kBatchPieces);
  std::vector<std::vector<double>> sums(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    std::vector<double>& of_piece = sums[static_cast<std::size_t>(p)];
    of_piece.assign(static_cast<std::size_t>(w.count()), 0);
    for (long n = pieces[static_cast<std::size_t>(p)].begin; n < pieces[static_cast<std::size_t>(p)].end;
         ++n) {
      const Real *const d = dy.data() + n * l.y.row(), *const v = x.data() + n * l.x.row();
      long c = 0;
      for (; c + 16 <= channels; c += 16) add_block<16>(l, d, v, c, of_piece.data());
      for (; c + 4 <= channels; c += 4) add_block<4>(l, d, v, c, of_piece.data());
      for (; c < channels; ++c) add_block<1>(l, d, v, c, of_piece.data());
    }
  });
  Tensor dw = Tensor::uninitialized(w);
  for (long c = 0; c < channels; ++c) {
    for (long tap = 0; tap < taps; ++tap) {
      double total = 0;
      for (const auto& of_piece : sums) total += of_piece[static_cast<std::size_t>(tap * channels + c)];
      dw[c * taps + tap] = static_cast<Real>(total);
    }
  }
  return dw;
}

}  // namespace nibble::kernels
