#include "core/kernels/onednn/winograd.h"

#include <array>

namespace nibble::kernels::onednn {
namespace {

using dnnl::algorithm;

constexpr long kTile = 6, kLanes = 16;

// G: a filter g becomes G g Gᵀ. The points are those of oneDNN's wino_reorder.hpp.
constexpr std::array<std::array<float, 3>, kTile> kG{
    {{1.13777777777778f, 0, 0},
     {-0.688403361344538f, -0.430252100840336f, -0.26890756302521f},
     {-0.688403361344538f, 0.430252100840336f, -0.26890756302521f},
     {0.119514472455649f, 0.179271708683473f, 0.26890756302521f},
     {0.119514472455649f, -0.179271708683473f, 0.26890756302521f},
     {0, 0, 1}}};

// The least number of products per tap for which Winograd saves more than the transform of the gradient
// costs.
constexpr long kLeastForWeightGradient = 1L << 21;

using Lanes = float[kLanes];

// Measured on layers of 16 to 512 channels. With 16 channels, moving the tiles takes longer than multiplying
// them. With 512, the transformed weights (four times as large as the weight) are read for too few pixels.
bool pays(Direction direction, const Problem& p) {
  if (p.types.x != Type::f32 || p.types.w != Type::f32 || p.types.y != Type::f32) return false;
  if (p.geometry != Conv2dGeometry{.padding = {1, 1}} || p.w[1] != 3 || p.w[2] != 3) return false;
  const auto fits = [](long channels) { return channels % kLanes == 0 && channels >= 32 && channels <= 256; };
  if (!fits(p.w[0]) || !fits(p.w[3])) return false;
  const long pixels = p.x[0] * p.x[1] * p.x[2];
  return direction != Direction::weight_gradient || p.w[0] * p.w[3] * pixels >= kLeastForWeightGradient;
}

memory::desc any(const memory::dims& dims) { return {dims, Type::f32, memory::format_tag::any}; }

// x and y: input and output of the product that the primitive computes.
std::optional<Plan> product_plan(const memory::dims& x, const memory::dims& w, const memory::dims& y,
                                 bool backwards) {
  const memory::dims one{1, 1};
  const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_inference,
                                             algorithm::convolution_winograd, any(x), any(w), any(y), one,
                                             one, one);
  const dnnl::convolution_forward::primitive_desc pd(desc, attributes(), cpu(), true);
  // For few tiles oneDNN chooses F(2x2, 3x3), whose weights have another layout. A second transform is not
  // worth it.
  if (!pd || !wants_transformed(pd.weights_desc())) return std::nullopt;
  Plan plan = as_plan(pd);
  if (backwards) {
    std::swap(plan.x, plan.y);
    std::swap(plan.names.x, plan.names.y);
  }
  return plan;
}

std::optional<Plan> weight_gradient_plan(const memory::dims& x, const memory::dims& w,
                                         const memory::dims& y) {
  const memory::dims one{1, 1};
  const auto winograd = algorithm::convolution_winograd;
  const dnnl::convolution_forward::desc forward(dnnl::prop_kind::forward_training, winograd, any(x), any(w),
                                                any(y), one, one, one);
  const dnnl::convolution_forward::primitive_desc hint(forward, attributes(), cpu(), true);
  if (!hint) return std::nullopt;
  const dnnl::convolution_backward_weights::desc desc(winograd, any(x), any(w), any(y), one, one, one);
  const dnnl::convolution_backward_weights::primitive_desc pd(desc, attributes(), cpu(), hint, true);
  if (!pd) return std::nullopt;
  return as_plan(pd);
}

// The distance in OHWI between neighbouring outputs, inputs and taps of the product.
struct Steps {
  long output, input, tap;
};

// Transforms the filters from 16 inputs to 16 outputs. In the result the 36 numbers of a filter are `tile`
// apart.
void transform_block(const float* w, const Steps& step, float* into, long tile) {
  for (long i = 0; i < kLanes; ++i, w += step.input, into += kLanes) {
    Lanes g[3][3], half[kTile][3];
    for (long tap = 0; tap < 9; ++tap) {
      for (long o = 0; o < kLanes; ++o) g[tap / 3][tap % 3][o] = w[tap * step.tap + o * step.output];
    }
    for (std::size_t a = 0; a < kTile; ++a) {
      for (long c = 0; c < 3; ++c) {
        for (long o = 0; o < kLanes; ++o) {
          half[a][c][o] = kG[a][0] * g[0][c][o] + kG[a][1] * g[1][c][o] + kG[a][2] * g[2][c][o];
        }
      }
      for (std::size_t b = 0; b < kTile; ++b) {
        float* const u = into + (static_cast<long>(a) * kTile + static_cast<long>(b)) * tile;
        for (long o = 0; o < kLanes; ++o) {
          u[o] = half[a][0][o] * kG[b][0] + half[a][1][o] * kG[b][1] + half[a][2][o] * kG[b][2];
        }
      }
    }
  }
}

}  // namespace

std::optional<Plan> winograd_plan(Direction direction, const Problem& p) {
  if (!pays(direction, p)) return std::nullopt;
  const memory::dims x{p.x[0], p.x[3], p.x[1], p.x[2]}, y{p.y[0], p.y[3], p.y[1], p.y[2]};
  const long out = p.w[0], in = p.w[3];
  switch (direction) {
    case Direction::forward:
      return product_plan(x, {out, in, 3, 3}, y, false);
    case Direction::input_gradient:
      return product_plan(y, {in, out, 3, 3}, x, true);
    case Direction::weight_gradient:
      return weight_gradient_plan(x, {out, in, 3, 3}, y);
  }
  return std::nullopt;
}

bool wants_transformed(const memory::desc& weight) {
  return weight.data.format_kind == dnnl_format_kind_wino &&
         weight.data.format_desc.wino_desc.wino_format == dnnl_wino_wei_OBaaIBOIio;
}

void transform_weight(Direction direction, const float* w, const Shape& shape, const memory::desc& to,
                      float* into) {
  const long row = shape.row(), channels = shape[3];
  const bool forward = direction == Direction::forward;
  // Backward, the last tap comes first.
  const Steps step = forward ? Steps{row, 1, channels} : Steps{1, row, -channels};
  const float* const first = forward ? w : w + 8 * channels;
  // [O blocks, 6, 6, I blocks, blocks of O in a block, of I, 16 i, 16 o]
  const auto& layout = to.data.format_desc.wino_desc;
  const long outer = layout.oc2_block, inner = layout.ic2_block, square = kLanes * kLanes;
  const long outputs = layout.oc / kLanes, inputs = layout.ic / kLanes;
  const long tile = inputs * outer * square;
  parallel_for(outputs, [&](long o) {
    for (long i = 0; i < inputs; ++i) {
      const long at =
          o / outer * kTile * kTile * tile + ((i / inner * outer + o % outer) * inner + i % inner) * square;
      transform_block(first + kLanes * (o * step.output + i * step.input), step, into + at, tile);
    }
  });
}

}  // namespace nibble::kernels::onednn
