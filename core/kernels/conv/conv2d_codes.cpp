#include "core/kernels/conv/conv2d_codes.h"

#include <algorithm>
#include <cassert>

#include "core/check.h"
#include "core/kernels/conv/built_with_onednn.h"
#include "core/kernels/conv/conv2d_border.h"
#include "core/kernels/conv/conv2d_sums.h"
#include "core/kernels/conv/depthwise_conv2d.h"
#include "core/kernels/onednn/engine.h"
#include "core/kernels/pointwise/elementwise.h"
#include "core/parallel.h"

namespace nibble::kernels {

Tensor CodedWeight::values() const {
  Tensor w = Tensor::uninitialized(codes.shape());
  const long row = codes.shape().row();
  for (long o = 0; o < codes.shape()[0]; ++o) {
    const Real s = scale.data()[o];
    for (long i = o * row; i < (o + 1) * row; ++i) w.data()[i] = s * static_cast<Real>(codes.data()[i]);
  }
  return w;
}

bool built_with_onednn() { return onednn::kAvailable; }

bool has_byte_products() {
  if constexpr (onednn::kAvailable) return onednn::has_byte_products();
  return false;
}

bool has_bfloat16_products() {
  if constexpr (onednn::kAvailable) return onednn::has_bfloat16_products();
  return false;
}

Tensor weight_sums(const CodedWeight& w) {
  const long outputs = w.codes.shape()[0], row = w.codes.shape().row();
  Tensor sums = Tensor::uninitialized({outputs});
  parallel_chunks(outputs, kElementGrain / row + 1, [&](Range range) {
    for (long o = range.begin; o < range.end; ++o) {
      const std::int8_t* const codes = w.codes.data() + o * row;
      int sum = 0;
      for (long i = 0; i < row; ++i) sum += codes[i];
      sums[o] = w.scale[o] * static_cast<Real>(sum);
    }
  });
  return sums;
}

namespace {

// Σ over some rows, added to into[c]: float within the block, double above.
void add_channel_sums(const Real* d, long rows, long channels, std::vector<double>& into) {
  into.resize(static_cast<std::size_t>(channels));
  std::vector<Real> block(static_cast<std::size_t>(channels));
  for (long m = 0; m < rows; ++m, d += channels) {
    for (long c = 0; c < channels; ++c) block[static_cast<std::size_t>(c)] += d[c];
  }
  for (std::size_t c = 0; c < block.size(); ++c) into[c] += static_cast<double>(block[c]);
}

// Products of bytes by the library, made values piece by piece.
Tensor library_forward(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                       const PieceListener& of_y) {
  if constexpr (onednn::kAvailable) {
    const Tensor gain = scaled(w.scale, x.scale), offset = scaled(weight_sums(w), x.shift);
    const Tensor values = x.border == 0 ? Tensor() : w.values();
    const std::vector<Range> pieces = cut(x.codes.shape()[0], kBatchPieces);
    return onednn::conv2d_codes_forward(x.codes, w.codes, geometry, [&](long piece, Tensor images) {
      scale_channels_in_place(images, gain, offset);
      if (x.border != 0) add_border(images, x.border_value() - x.shift, values, x.codes.shape(), geometry);
      const long image = images.shape().row();
      const Range of_piece = pieces[static_cast<std::size_t>(piece)];
      if (of_y) of_y(piece, {of_piece.begin * image, of_piece.end * image}, images.data());
    });
  } else {
    fail("conv2d_codes: the library is not there, expected its plain twin to be called");
  }
}

}  // namespace

Conv2dResult conv2d_codes_forward(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                                  const WantedResults& wanted) {
  const bool depthwise = is_depthwise(x.codes.shape(), w.codes.shape(), geometry);
  if (sums_fit(x, w) && (depthwise || has_byte_products())) {
    SumPowers counted(w.codes.shape()[0]);
    SumPowers* const powers = wanted.moments ? &counted : nullptr;
    Conv2dResult result;
    result.sums = depthwise ? depthwise_sums(x, w, geometry, powers) : conv2d_sums(x, w, geometry, powers);
    if (wanted.moments) result.moments = counted.moments(*result.sums);
    return result;
  }
  BatchMoments moments(x.codes.shape()[0], w.codes.shape()[0]);
  const PieceListener of_y = wanted.moments ? moments.listener() : PieceListener();
  if (!depthwise && !has_byte_products()) {
    const Tensor y = plain::conv2d_codes_forward(x, w, geometry);
    return {y, wanted.moments ? std::optional(channel_moments(y)) : std::nullopt};
  }
  const Tensor y =
      depthwise ? depthwise_codes_forward(x, w, geometry, of_y) : library_forward(x, w, geometry, of_y);
  return {y, wanted.moments ? std::optional(moments.moments()) : std::nullopt};
}

namespace {

// The library's gradients, dw finished. With slopes, what belongs to them stands behind each tap of dw.
Conv2dGradients library_gradients(const PiecewiseTensor& dy, const CodedImage& x, const ImageSlopes* slopes,
                                  const CodedWeight& w, const Conv2dGeometry& geometry, Precision precision,
                                  const WantedGradients& wanted) {
  if constexpr (onednn::kAvailable) {
    const Real p = x.border_value();
    const std::size_t pieces = cut(x.codes.shape()[0], kBatchPieces).size();
    std::vector<std::vector<double>> sums(pieces);
    std::vector<Tensor> taps(pieces);
    const long channels = w.codes.shape()[0], row = dy.shape()[2] * channels;
    BorderTapSums border(w.codes.shape(), x.codes.shape(), geometry);
    const auto of_dy = [&](long piece, Range elements, const Real* d) {
      const std::size_t at = static_cast<std::size_t>(piece);
      if (p != 0) add_channel_sums(d, elements.size() / channels, channels, sums[at]);
      if (wanted.border_taps) border.add(d, {elements.begin / row, elements.end / row}, taps[at]);
    };
    Conv2dGradients gradients =
        onednn::conv2d_codes_gradients(dy, of_dy, x, slopes, w, geometry, precision, wanted);
    gradients.border_taps = sum_of_pieces(taps);
    // With codes counted from the border's, x̂ = s·(q − b) + p inside and outside:
    //   dw = s · Σ dy (q − b) + p · Σ dy, where the first product reads zeros outside.
    const Shape& made = gradients.dw.shape();
    const long of_codes = w.codes.shape()[3];
    for (long o = 0; o < channels; ++o) {
      double all = 0;
      for (const auto& of_piece : sums) all += p == 0 ? 0 : of_piece[static_cast<std::size_t>(o)];
      // The product was made with dy · s[o], which dx needs anyway.
      const Real factor = x.scale / w.scale[o], constant = p * static_cast<Real>(all);
      Real* into = gradients.dw.data() + o * made.row();
      for (long tap = 0; tap < made[1] * made[2]; ++tap, into += made[3]) {
        for (long c = 0; c < of_codes; ++c) into[c] = factor * into[c] + constant;
      }
    }
    return gradients;
  } else {
    fail("conv2d_codes: the library is not there, expected its plain twin to be called");
  }
}

}  // namespace

Conv2dGradients conv2d_codes_gradients(const PiecewiseTensor& dy, const CodedImage& x, const CodedWeight& w,
                                       const Conv2dGeometry& geometry, Precision precision,
                                       const WantedGradients& wanted) {
  if (is_depthwise(x.codes.shape(), w.codes.shape(), geometry))
    return depthwise_codes_gradients(dy, x, w, geometry, precision, wanted);
  if constexpr (onednn::kAvailable)
    return library_gradients(dy, x, nullptr, w, geometry, precision, wanted);
  else
    return plain::conv2d_codes_gradients(dy.whole(), x, w, geometry, wanted);
}

DataGradients conv2d_data_gradients(const PiecewiseTensor& dy, const CodedImage& x, const ImageSlopes& slopes,
                                    const CodedWeight& w, const Conv2dGeometry& geometry, Precision precision,
                                    const WantedGradients& wanted) {
  assert(geometry.groups == 1);
  if (!onednn::kAvailable) return plain::conv2d_data_gradients(dy.whole(), x, slopes, w, geometry);
  const Conv2dGradients made = library_gradients(dy, x, &slopes, w, geometry, precision,
                                                 {.dx = false, .border_taps = wanted.border_taps});
  DataGradients gradients{Tensor::uninitialized(w.codes.shape()), made.border_taps, {}};
  const long channels = w.codes.shape()[3];
  std::vector<double> numbers(static_cast<std::size_t>(slopes.count));
  const Real* from = made.dw.data();
  const std::int8_t* code = w.codes.data();
  for (long i = 0; i < gradients.dw.size(); i += channels, code += channels) {
    std::copy_n(from, channels, gradients.dw.data() + i);
    from += channels;
    for (double& number : numbers) {
      for (long c = 0; c < channels; ++c) number += static_cast<double>(*from++) * code[c];
    }
  }
  for (const double number : numbers) gradients.numbers.push_back(static_cast<Real>(number));
  return gradients;
}

namespace plain {
namespace {

Tensor decoded(const CodedImage& x) {
  Tensor values = Tensor::uninitialized(x.codes.shape());
  for (long i = 0; i < values.size(); ++i)
    values.data()[i] = x.scale * static_cast<Real>(x.codes.data()[i]) + x.shift;
  return values;
}

}  // namespace

Tensor conv2d_codes_forward(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry) {
  const Tensor values = w.values();
  Tensor y = kernels::conv2d_forward(decoded(x), values, geometry).y;
  add_border(y, x.border_value(), values, x.codes.shape(), geometry);
  return y;
}

Conv2dGradients conv2d_codes_gradients(const Tensor& dy, const CodedImage& x, const CodedWeight& w,
                                       const Conv2dGeometry& geometry, const WantedGradients& wanted) {
  Conv2dGradients gradients = kernels::conv2d_gradients(PiecewiseTensor(dy), decoded(x), w.values(), geometry,
                                                        {.dx = wanted.dx, .border_taps = true});
  add_border_weight_gradient(gradients.dw, x.border_value(), gradients.border_taps);
  return gradients;
}

DataGradients conv2d_data_gradients(const Tensor& dy, const CodedImage& x, const ImageSlopes& slopes,
                                    const CodedWeight& w, const Conv2dGeometry& geometry) {
  const Conv2dGradients found =
      plain::conv2d_codes_gradients(dy, x, w, geometry, {.dx = true, .border_taps = true});
  const Tensor dx = found.dx.whole();
  Tensor z = Tensor::uninitialized({slopes.count, dx.size()});
  slopes.fill({0, dx.size() / dx.shape()[3]}, z.data());
  DataGradients gradients{found.dw, found.border_taps, {}};
  for (long k = 0; k < slopes.count; ++k) {
    double number = 0;
    for (long i = 0; i < dx.size(); ++i)
      number += static_cast<double>(dx[i]) * static_cast<double>(z[k * dx.size() + i]);
    gradients.numbers.push_back(static_cast<Real>(number));
  }
  return gradients;
}

}  // namespace plain

}  // namespace nibble::kernels
