#include "core/kernels/conv/conv2d_border.h"

#include "core/kernels/pointwise/elementwise.h"
#include "core/parallel.h"

namespace nibble::kernels {
namespace {

// s[kh, kw, o] = Σ_c w[o, kh, kw, c]
Tensor tap_weights(const Tensor& w) {
  const long out = w.shape()[0], taps = w.shape()[1] * w.shape()[2], channels = w.shape()[3];
  Tensor s({w.shape()[1], w.shape()[2], out});
  for (long o = 0; o < out; ++o) {
    for (long tap = 0; tap < taps; ++tap) {
      const Real* row = w.data() + (o * taps + tap) * channels;
      Real total = 0;
      for (long c = 0; c < channels; ++c) total += row[c];
      s[tap * out + o] = total;
    }
  }
  return s;
}

// Tells for one axis whether tap k of output position i reads outside of 0 ≤ input < extent.
class Outside {
 public:
  Outside(long extent, long kernel, int stride, int padding, int dilation)
      : extent_(extent), kernel_(kernel), stride_(stride), padding_(padding), dilation_(dilation) {}
  bool tap(long i, long k) const {
    const long at = i * stride_ - padding_ + k * dilation_;
    return at < 0 || at >= extent_;
  }
  bool any(long i) const { return tap(i, 0) || tap(i, kernel_ - 1); }

 private:
  long extent_, kernel_;
  int stride_, padding_, dilation_;
};

// Calls visit(ow, tap) for every border position of a row, with each tap kh·KW + kw that lies outside of the
// image.
template <typename Visit>
void for_each_outside_tap(long oh, const Shape& y, const Shape& w, const Shape& x, const Conv2dGeometry& g,
                          Visit visit) {
  const Outside rows(x[1], w[1], g.stride.h, g.padding.h, g.dilation.h);
  const Outside columns(x[2], w[2], g.stride.w, g.padding.w, g.dilation.w);
  const bool any = rows.any(oh);
  for (long ow = 0; ow < y[2]; ++ow) {
    if (!any && !columns.any(ow)) continue;
    for (long kh = 0; kh < w[1]; ++kh) {
      for (long kw = 0; kw < w[2]; ++kw) {
        if (rows.tap(oh, kh) || columns.tap(ow, kw)) visit(ow, kh * w[2] + kw);
      }
    }
  }
}

}  // namespace

void add_border(Tensor& y, Real p, const Tensor& w, const Shape& x, const Conv2dGeometry& geometry) {
  if (p == 0) return;
  const Tensor s = tap_weights(w);
  const long out = y.shape()[3], rows = y.shape()[1], row = y.shape()[2] * out;
  parallel_for(y.shape()[0], [&](long n) {
    for (long oh = 0; oh < rows; ++oh) {
      Real* const base = y.data() + (n * rows + oh) * row;
      for_each_outside_tap(oh, y.shape(), w.shape(), x, geometry, [&](long ow, long tap) {
        Real* const into = base + ow * out;
        const Real* const from = s.data() + tap * out;
        for (long o = 0; o < out; ++o) into[o] += p * from[o];
      });
    }
  });
}

BorderTapSums::BorderTapSums(const Shape& w, const Shape& x, const Conv2dGeometry& geometry)
    : w_(w), x_(x), y_(conv2d_output_shape(x, w, geometry, "border")), geometry_(geometry) {}

void BorderTapSums::add(const Real* dy, Range rows, Tensor& taps) const {
  const long out = y_[3];
  if (taps.empty()) taps = Tensor({w_[1], w_[2], out});
  for (long r = rows.begin; r < rows.end; ++r, dy += y_[2] * out) {
    for_each_outside_tap(r % y_[1], y_, w_, x_, geometry_, [&](long ow, long tap) {
      const Real* const from = dy + ow * out;
      Real* const into = taps.data() + tap * out;
      for (long o = 0; o < out; ++o) into[o] += from[o];
    });
  }
}

Tensor border_tap_sums(const Tensor& dy, const Shape& w, const Shape& x, const Conv2dGeometry& geometry) {
  const long rows = dy.shape()[1], row = dy.shape()[2] * dy.shape()[3];
  const std::vector<Range> pieces = cut(dy.shape()[0], kBatchPieces);
  const BorderTapSums sums(w, x, geometry);
  std::vector<Tensor> partial(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    const Range images = pieces[static_cast<std::size_t>(p)],
                of_images{images.begin * rows, images.end * rows};
    sums.add(dy.data() + of_images.begin * row, of_images, partial[static_cast<std::size_t>(p)]);
  });
  return sum_of_pieces(partial);
}

Tensor sum_of_pieces(std::vector<Tensor>& taps) {
  for (std::size_t p = 1; p < taps.size() && !taps[0].empty(); ++p) accumulate(taps[0], taps[p]);
  return taps[0];
}

void add_border_weight_gradient(Tensor& dw, Real p, const Tensor& tap_sums) {
  if (p == 0) return;
  const long out = dw.shape()[0], taps = dw.shape()[1] * dw.shape()[2], channels = dw.shape()[3];
  for (long o = 0; o < out; ++o) {
    for (long tap = 0; tap < taps; ++tap) {
      Real* const row = dw.data() + (o * taps + tap) * channels;
      const Real t = p * tap_sums[tap * out + o];
      for (long c = 0; c < channels; ++c) row[c] += t;
    }
  }
}

Real border_value_gradient(const Tensor& tap_sums, const Tensor& w) {
  const Tensor s = tap_weights(w);
  double total = 0;
  for (long i = 0; i < s.size(); ++i) total += static_cast<double>(s[i]) * static_cast<double>(tap_sums[i]);
  return static_cast<Real>(total);
}

}  // namespace nibble::kernels
