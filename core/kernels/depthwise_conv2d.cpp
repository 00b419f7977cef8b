#include "core/kernels/depthwise_conv2d.h"

#include "core/kernels/depthwise_rows.h"
#include "core/parallel.h"

namespace nibble::kernels {
namespace {

using namespace depthwise;

// y[c] = gain[c] · Σ (x − origin) w + offset[c]
struct Line {
  Real origin;
  Tensor gain, offset;  // [pitch]
};

template <typename Element>
Conv2dResult forward(const Layer& l, const Array<Element>& x, const Tensor& weights, const Line& line,
                     bool want_moments) {
  Tensor y = Tensor::uninitialized(l.y);
  const std::vector<Range> pieces = cut(l.x[0], kBatchPieces);
  std::vector<PartialMoments> parts(pieces.size());
  const long channels = l.channels(), x_row = l.x[2] * channels, y_row = l.y[2] * channels;
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    RowRing ring(l.x, l.w[1], l.geometry.padding.w, l.geometry.padding.w);
    Taps taps;
    MomentSums moments(channels);
    const Range images = pieces[static_cast<std::size_t>(p)];
    for (long n = images.begin; n < images.end; ++n) {
      long next = 0;  // row to enter the ring
      for (long oh = 0; oh < l.y[1]; ++oh) {
        for (next = std::max(next, l.row_of(oh, 0)); next < std::min(l.row_of(oh, l.w[1]), l.x[1]); ++next)
          ring.put(next, x.data() + (n * l.x[1] + next) * x_row, line.origin);
        find_taps(l, ring, oh, weights.data(), taps);
        Real* const into = y.data() + (n * l.y[1] + oh) * y_row;
        for (long c = 0; c < channels; c += kCount) {
          const Values gain = lanes::load(line.gain.data() + c), offset = lanes::load(line.offset.data() + c);
          const long used = std::min(kCount, channels - c);
          weigh_row(taps, c, l.pitch(), l.y[2], [=](long j, Values sum) NIBBLE_INLINE {
            lanes::store(sum * gain + offset, into + j * channels + c, used);
          });
        }
        if (want_moments) moments.add(into, l.y[2]);
      }
    }
    if (want_moments) parts[static_cast<std::size_t>(p)] = moments.moments();
  });
  return {y, want_moments ? std::optional(merge(parts)) : std::nullopt};
}

}  // namespace

bool is_depthwise(const Shape& x, const Shape& w, const Conv2dGeometry& g) {
  return g.groups > 1 && g.groups == x[3] && w[0] == x[3] && g.dilation == Size2{1, 1};
}

Conv2dResult depthwise_forward(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                               bool want_moments) {
  const Layer l = depthwise_layer(x.shape(), w.shape(), geometry);
  Line line{0, Tensor({l.pitch()}), Tensor({l.pitch()})};
  line.gain.fill(1);
  return forward(l, x, tap_weights(l, w), line, want_moments);
}

// With codes counted from the border's, x̂ = s·(q − b) + p inside and outside:
//   y[c] = s·s[c] · Σ (q − b) w + p·s[c] · Σ w, where the first sum reads zeros outside, and is exact.
Conv2dResult depthwise_codes_forward(const CodeImage& x, const CodeWeight& w, const Conv2dGeometry& geometry,
                                     bool want_moments) {
  const Layer l = depthwise_layer(x.codes.shape(), w.codes.shape(), geometry);
  const Tensor weights = tap_weights(l, w.codes);
  Line line{static_cast<Real>(x.border), Tensor({l.pitch()}), Tensor({l.pitch()})};
  for (long c = 0; c < l.channels(); ++c) {
    Real sum = 0;
    for (long tap = 0; tap < l.taps(); ++tap) sum += weights[tap * l.pitch() + c];
    line.gain[c] = x.scale * w.scale[c];
    line.offset[c] = x.border_value() * (w.scale[c] * sum);
  }
  return forward(l, x.codes, weights, line, want_moments);
}

}  // namespace nibble::kernels
