// Products of codes: u8 x s8 forward, codes as exact bfloat16 (or float) operands backward.
#include <optional>

#include "core/kernels/onednn/bfloat16.h"
#include "core/kernels/onednn/engine.h"
#include "core/kernels/onednn/plan.h"
#include "core/scratch.h"

namespace nibble::kernels::onednn {
namespace {

bool runs_on(dnnl::cpu_isa wanted) {
  const auto bits = [](dnnl::cpu_isa isa) { return static_cast<unsigned>(isa); };
  return (bits(dnnl::get_effective_cpu_isa()) & bits(wanted)) == bits(wanted);
}

// The elements of dy that are converted together: they stay in the second-level cache. With blocks of 8192
// the conversion took twice as long.
constexpr long kBlock = 16384;

// Puts planes[k]: [pixels, C], k < count, side by side: [pixels, count, C].
template <typename Element>
void interleave(const Element* planes, long count, long pixels, long channels, Element* into) {
  const auto run = [&](auto constant) {
    const long width = constant;  // a compile-time constant where possible
    for (long i = 0; i < pixels; ++i) {
      for (long k = 0; k < count; ++k, into += width) {
        for (long c = 0; c < width; ++c) into[c] = planes[(k * pixels + i) * width + c];
      }
    }
  };
  channels == 3 ? run(std::integral_constant<long, 3>{}) : run(channels);
}

// The codes of some images; behind the codes of each pixel its slopes.
template <typename As>
void image_operand(const CodedImage& x, const ImageSlopes* slopes, Range images, typename As::Element* into) {
  const Shape& shape = x.codes.shape();
  const std::uint8_t* codes = x.codes.data() + images.begin * shape.row();
  if (slopes == nullptr) {
    codes_as_operand<As>(codes, images.size() * shape.row(), x.border, into);
    return;
  }
  const long pixels = shape[2], row = pixels * shape[3], count = slopes->count;
  Scratch<> spare(count * row);
  Scratch<typename As::Element> planes((1 + count) * row);
  for (long h = images.begin * shape[1]; h < images.end * shape[1];
       ++h, codes += row, into += (1 + count) * row) {
    slopes->fill({h * pixels, (h + 1) * pixels}, spare.data());
    codes_as_operand<As>(codes, row, x.border, planes.data());
    for (long i = 0; i < count * row; ++i) planes.data()[row + i] = As::convert(spare.data()[i]);
    interleave(planes.data(), 1 + count, pixels, shape[3], into);
  }
}

template <typename As>
Conv2dGradients gradients_as(const PiecewiseTensor& dy, const PieceListener& of_dy, const CodedImage& x,
                             const ImageSlopes* slopes, const CodedWeight& w, const Conv2dGeometry& geometry,
                             const WantedGradients& wanted) {
  using Element = typename As::Element;
  const Shape &xs = x.codes.shape(), &ws = w.codes.shape(), &ys = dy.shape();
  Shape x_operand = xs, dw_shape = ws;
  if (slopes != nullptr) x_operand[3] = dw_shape[3] = xs[3] * (1 + slopes->count);
  const Pieces to_w(Direction::weight_gradient, {As::kType, Type::f32, As::kType}, x_operand, dw_shape, ys,
                    geometry);
  WeightGradients dw(to_w, dw_shape, geometry.groups);

  Conv2dGradients result;
  Array<Element> dx;
  std::optional<Pieces> to_x;
  std::vector<Array<std::uint8_t>> weights;
  if (wanted.dx) {
    dx = Array<Element>::uninitialized(xs);
    to_x.emplace(Direction::input_gradient, Types{As::kType, As::kType, As::kType}, xs, ws, ys, geometry);
    auto operand = Array<Element>::uninitialized(ws);
    codes_as_operand<As>(w.codes.data(), w.codes.size(), 0, operand.data());
    weights = to_x->weights(operand.data(), ws, geometry.groups, As::kType);
  }
  // Each piece computes both gradients while its operands are in the cache.
  parallel_for(to_w.count(), [&](long i) {
    const Range images = to_w.range(i);
    auto gradient = Array<Element>::uninitialized({images.size() * ys.row()});
    const long row = ys[2] * ys[3], at_once = std::max(kBlock / row, 1L);
    const Range rows{images.begin * ys[1], images.end * ys[1]};
    Scratch<> spare(std::min(at_once, rows.size()) * row);
    for (long first = rows.begin; first < rows.end; first += at_once) {
      const Range some{first, std::min(first + at_once, rows.end)};
      const Real* const d = dy.block({some.begin * row, some.end * row}, spare.data());
      if (of_dy) of_dy(i, {some.begin * row, some.end * row}, d);
      scale_gradient<As>(d, w.scale.data(), some.size() * ys[2], ys[3],
                         gradient.data() + (first - rows.begin) * row);
    }
    if (wanted.dx) {
      const Plan& p = to_x->plan_of(i);
      execute(p, {{DNNL_ARG_DIFF_DST, view(p.y, gradient.data())},
                  {DNNL_ARG_WEIGHTS, view(p.w, weights[static_cast<std::size_t>(i)].data())},
                  {DNNL_ARG_DIFF_SRC, view(p.x, dx.data() + images.begin * xs.row())}});
    }
    auto operand = Array<Element>::uninitialized({images.size() * x_operand.row()});
    image_operand<As>(x, slopes, images, operand.data());
    const Plan& p = to_w.plan_of(i);
    execute(p, {{DNNL_ARG_SRC, view(p.x, operand.data())},
                {DNNL_ARG_DIFF_DST, view(p.y, gradient.data())},
                {DNNL_ARG_DIFF_WEIGHTS, view(p.w, dw.room(i))}});
    dw.done(i);
  });
  result.dw = dw.sum();
  if (wanted.dx) result.dx = PiecewiseTensor(dx);
  return result;
}

}  // namespace

bool has_byte_products() {
  return runs_on(dnnl::cpu_isa::avx512_core_vnni) || runs_on(dnnl::cpu_isa::avx2_vnni);
}
bool has_bfloat16_products() { return runs_on(dnnl::cpu_isa::avx512_core_bf16); }

Tensor conv2d_codes_forward(const Array<std::uint8_t>& x, const Array<std::int8_t>& w,
                            const Conv2dGeometry& geometry, const FinishPiece& finish) {
  Tensor y = Tensor::uninitialized(conv2d_output_shape(x.shape(), w.shape(), geometry, "conv2d"));
  const Pieces pieces(Direction::forward, {Type::u8, Type::s8, Type::f32}, x.shape(), w.shape(), y.shape(),
                      geometry);
  const auto weights = pieces.weights(w.data(), w.shape(), geometry.groups, Type::s8);
  parallel_for(pieces.count(), [&](long i) {
    const Plan& p = pieces.plan_of(i);
    const Range images = pieces.range(i);
    execute(p, {{DNNL_ARG_SRC, view(p.x, x.data() + images.begin * x.shape().row())},
                {DNNL_ARG_WEIGHTS, view(p.w, weights[static_cast<std::size_t>(i)].data())},
                {DNNL_ARG_DST, view(p.y, y.data() + images.begin * y.shape().row())}});
    finish(i, y.rows(images.begin, images.end));
  });
  return y;
}

Conv2dGradients conv2d_codes_gradients(const PiecewiseTensor& dy, const PieceListener& of_dy,
                                       const CodedImage& x, const ImageSlopes* slopes, const CodedWeight& w,
                                       const Conv2dGeometry& geometry, Precision precision,
                                       const WantedGradients& wanted) {
  return precision == Precision::bfloat16
             ? gradients_as<AsBfloat16>(dy, of_dy, x, slopes, w, geometry, wanted)
             : gradients_as<AsFloat>(dy, of_dy, x, slopes, w, geometry, wanted);
}

}  // namespace nibble::kernels::onednn
