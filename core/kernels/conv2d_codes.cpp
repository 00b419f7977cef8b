#include "core/kernels/conv2d_codes.h"

#include "core/kernels/conv2d_border.h"
#include "core/kernels/elementwise.h"
#include "core/kernels/onednn_engine.h"
#include "core/parallel.h"

namespace nibble::kernels {

Tensor CodeWeight::values() const {
  Tensor w = Tensor::uninitialized(codes.shape());
  const long row = codes.shape().row();
  for (long o = 0; o < codes.shape()[0]; ++o) {
    const Real s = scale.data()[o];
    for (long i = o * row; i < (o + 1) * row; ++i) w.data()[i] = s * static_cast<Real>(codes.data()[i]);
  }
  return w;
}

bool has_byte_products() {
  if constexpr (onednn::kAvailable) return onednn::has_byte_products();
  return false;
}

bool has_bfloat16_products() {
  if constexpr (onednn::kAvailable) return onednn::has_bfloat16_products();
  return false;
}

namespace {

// scale[o] · Σ of the codes of output channel o
Tensor channel_sums_of(const CodeWeight& w) {
  const long channels = w.codes.shape()[0], row = w.codes.shape().row();
  Tensor sums = Tensor::uninitialized({channels});
  for (long o = 0; o < channels; ++o) {
    long sum = 0;
    for (long i = o * row; i < (o + 1) * row; ++i) sum += w.codes.data()[i];
    sums[o] = w.scale[o] * static_cast<Real>(sum);
  }
  return sums;
}

}  // namespace

Conv2dResult conv2d_codes_forward(const CodeImage& x, const CodeWeight& w, const Conv2dGeometry& geometry,
                                  bool want_moments) {
  if constexpr (onednn::kAvailable) {
    if (has_byte_products()) {
      const Tensor gain = scaled(w.scale, x.scale), offset = scaled(channel_sums_of(w), x.shift);
      const Tensor values = x.border == 0 ? Tensor() : w.values();
      std::vector<PartialMoments> parts(cut(x.codes.shape()[0], kBatchPieces).size());
      Tensor y = onednn::conv2d_codes_forward(x.codes, w.codes, geometry, [&](long piece, Tensor images) {
        scale_channels_in_place(images, gain, offset);
        if (x.border != 0) add_border(images, x.border_value() - x.shift, values, x.codes.shape(), geometry);
        if (want_moments) parts[static_cast<std::size_t>(piece)] = partial_moments(images);
      });
      return {y, want_moments ? std::optional(merge(parts)) : std::nullopt};
    }
  }
  Tensor y = plain::conv2d_codes_forward(x, w, geometry);
  return {y, want_moments ? std::optional(channel_moments(y)) : std::nullopt};
}

Conv2dGradients conv2d_codes_gradients(const GradientOfImages& dy, const CodeImage& x, const CodeWeight& w,
                                       const Conv2dGeometry& geometry, GradientPrecision precision,
                                       const WantedGradients& wanted) {
  if constexpr (onednn::kAvailable) {
    const Shape& shape = x.codes.shape();
    const std::size_t pieces = cut(shape[0], kBatchPieces).size();
    const Real p = x.border_value();
    std::vector<Tensor> sums(pieces), taps(pieces);
    // Whatever else is wanted of a piece's gradient is taken while it is in the cache.
    const auto images_of = [&](long piece, Range images) {
      const std::size_t at = static_cast<std::size_t>(piece);
      Tensor d = dy(images);
      if (p != 0) sums[at] = sum_rows(d);
      if (wanted.border_taps) taps[at] = border_tap_sums(d, w.codes.shape(), shape, geometry);
      return d;
    };
    Conv2dGradients gradients =
        onednn::conv2d_codes_gradients(images_of, x, w, geometry, precision, wanted.dx);
    const auto total = [](const std::vector<Tensor>& parts) {
      Tensor sum = parts.front();
      for (std::size_t i = 1; i < parts.size(); ++i) accumulate(sum, parts[i]);
      return sum;
    };
    if (wanted.border_taps) gradients.border_taps = total(taps);
    // With codes counted from the border's, x̂ = s·(q − b) + p inside and outside:
    //   dw = s · Σ dy (q − b) + p · Σ dy, where the first product reads zeros outside.
    const long channels = w.codes.shape()[0], row = w.codes.shape().row();
    const Tensor all = p == 0 ? Tensor({channels}) : total(sums);
    for (long o = 0; o < channels; ++o) {
      // The product was made with dy · s[o], which dx needs anyway.
      const Real factor = x.scale / w.scale[o], constant = p * all[o];
      Real* const into = gradients.dw.data() + o * row;
      for (long i = 0; i < row; ++i) into[i] = factor * into[i] + constant;
    }
    return gradients;
  } else {
    return plain::conv2d_codes_gradients(dy({0, x.codes.shape()[0]}), x, w, geometry, wanted);
  }
}

namespace plain {
namespace {

Tensor decoded(const CodeImage& x) {
  Tensor values = Tensor::uninitialized(x.codes.shape());
  for (long i = 0; i < values.size(); ++i)
    values.data()[i] = x.scale * static_cast<Real>(x.codes.data()[i]) + x.shift;
  return values;
}

}  // namespace

Tensor conv2d_codes_forward(const CodeImage& x, const CodeWeight& w, const Conv2dGeometry& geometry) {
  const Tensor values = w.values();
  Tensor y = kernels::conv2d_forward(decoded(x), values, geometry);
  add_border(y, x.border_value(), values, x.codes.shape(), geometry);
  return y;
}

Conv2dGradients conv2d_codes_gradients(const Tensor& dy, const CodeImage& x, const CodeWeight& w,
                                       const Conv2dGeometry& geometry, const WantedGradients& wanted) {
  Conv2dGradients gradients;
  if (wanted.dx) gradients.dx = kernels::conv2d_input_gradient(dy, w.values(), x.codes.shape(), geometry);
  gradients.dw = kernels::conv2d_weight_gradient(dy, decoded(x), w.codes.shape(), geometry);
  gradients.border_taps = border_tap_sums(dy, w.codes.shape(), x.codes.shape(), geometry);
  add_border_weight_gradient(gradients.dw, x.border_value(), gradients.border_taps);
  return gradients;
}

}  // namespace plain

}  // namespace nibble::kernels
