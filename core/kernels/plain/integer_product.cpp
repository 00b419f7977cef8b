#include "core/kernels/integer/integer_product.h"

namespace nibble::kernels::plain {
namespace {

class Loops : public IntegerProduct {
 public:
  Loops(IntegerWeights weights, const Conv2dGeometry& geometry)
      : weights_(std::move(weights)), geometry_(geometry) {}

  void run(const std::uint8_t* x, const Shape& shape, std::int32_t* sums) const override {
    const Shape y = conv2d_output_shape(shape, weights_.shape, geometry_, "integer product");
    for (long n = 0; n < y[0]; ++n) {
      for (long oh = 0; oh < y[1]; ++oh) {
        for (long ow = 0; ow < y[2]; ++ow, sums += y[3]) {
          const std::uint8_t* const corner =
              x + ((n * shape[1] + oh * geometry_.stride.h) * shape[2] + ow * geometry_.stride.w) * shape[3];
          for (long o = 0; o < y[3]; ++o) sums[o] = sum(corner, shape, o);
        }
      }
    }
  }

 private:
  std::int32_t sum(const std::uint8_t* corner, const Shape& x, long o) const {
    const Shape& w = weights_.shape;
    const long group = o / (w[0] / geometry_.groups);
    // The taps of a filter's row lie side by side in the image too, unless they are dilated or one group of
    // many.
    const bool together = geometry_.groups == 1 && geometry_.dilation.w == 1;
    const long runs = together ? 1 : w[2], length = together ? w[2] * w[3] : w[3];
    const std::int8_t* weight = weights_.codes.data() + o * w.row();
    std::int32_t total = 0;
    for (long kh = 0; kh < w[1]; ++kh) {
      for (long run = 0; run < runs; ++run, weight += length) {
        const std::uint8_t* const pixels =
            corner + (kh * geometry_.dilation.h * x[2] + run * geometry_.dilation.w) * x[3] + group * w[3];
        for (long i = 0; i < length; ++i) total += std::int32_t{pixels[i]} * weight[i];
      }
    }
    return total;
  }

  IntegerWeights weights_;
  Conv2dGeometry geometry_;
};

}  // namespace

std::unique_ptr<IntegerProduct> integer_product(IntegerWeights weights, const Conv2dGeometry& geometry) {
  return std::make_unique<Loops>(std::move(weights), geometry);
}

}  // namespace nibble::kernels::plain
