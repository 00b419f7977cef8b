#include "core/kernels/conv2d_border.h"

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

// For one axis: whether tap k of output position i reads outside of 0 ≤ input < extent.
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

// Calls visit(position, tap) for every border position oh·OW + ow and each of its taps kh·KW + kw outside the
// image.
template <typename Visit>
void for_each_outside_tap(const Shape& y, const Shape& w, const Shape& x, const Conv2dGeometry& g,
                          Visit visit) {
  const Outside rows(x[1], w[1], g.stride.h, g.padding.h, g.dilation.h);
  const Outside columns(x[2], w[2], g.stride.w, g.padding.w, g.dilation.w);
  for (long oh = 0; oh < y[1]; ++oh) {
    for (long ow = 0; ow < y[2]; ++ow) {
      if (!rows.any(oh) && !columns.any(ow)) continue;
      for (long kh = 0; kh < w[1]; ++kh) {
        for (long kw = 0; kw < w[2]; ++kw) {
          if (rows.tap(oh, kh) || columns.tap(ow, kw)) visit(oh * y[2] + ow, kh * w[2] + kw);
        }
      }
    }
  }
}

}  // namespace

void add_border(Tensor& y, Real p, const Tensor& w, const Shape& x, const Conv2dGeometry& geometry) {
  if (p == 0) return;
  const Tensor s = tap_weights(w);
  const long out = y.shape()[3], image = y.shape().row();
  parallel_for(y.shape()[0], [&](long n) {
    Real* const base = y.data() + n * image;
    for_each_outside_tap(y.shape(), w.shape(), x, geometry, [&](long position, long tap) {
      Real* const into = base + position * out;
      const Real* const from = s.data() + tap * out;
      for (long o = 0; o < out; ++o) into[o] += p * from[o];
    });
  });
}

Tensor border_tap_sums(const Tensor& dy, const Shape& w, const Shape& x, const Conv2dGeometry& geometry) {
  const long out = dy.shape()[3], image = dy.shape().row();
  const std::vector<Range> pieces = cut(dy.shape()[0], kBatchPieces);
  std::vector<Tensor> partial(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    Tensor sums({w[1], w[2], out});
    const Range range = pieces[static_cast<std::size_t>(p)];
    for (long n = range.begin; n < range.end; ++n) {
      const Real* const base = dy.data() + n * image;
      for_each_outside_tap(dy.shape(), w, x, geometry, [&](long position, long tap) {
        const Real* const from = base + position * out;
        Real* const into = sums.data() + tap * out;
        for (long o = 0; o < out; ++o) into[o] += from[o];
      });
    }
    partial[static_cast<std::size_t>(p)] = sums;
  });
  for (std::size_t p = 1; p < partial.size(); ++p) {
    for (long i = 0; i < partial[0].size(); ++i) partial[0][i] += partial[p][i];
  }
  return partial[0];
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
