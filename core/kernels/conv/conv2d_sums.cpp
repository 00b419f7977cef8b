#include "core/kernels/conv/conv2d_sums.h"

#include <algorithm>
#include <limits>

#include "core/kernels/integer/integer_conv2d.h"
#include "core/kernels/pointwise/elementwise.h"

namespace nibble::kernels {

bool sums_fit(const CodedImage& x, const CodedWeight& w) {
  const long row = w.codes.shape().row();
  for (long o = 0; o < w.codes.shape()[0]; ++o) {
    long positive = 0, negative = 0;
    for (long i = o * row; i < (o + 1) * row; ++i) {
      const long code = w.codes.data()[i];
      (code > 0 ? positive : negative) += code;
    }
    if (std::max(positive, -negative) * x.top > std::numeric_limits<std::int16_t>::max()) return false;
  }
  return true;
}

CodeSums conv2d_sums(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                     SumPowers* powers) {
  const Shape& image = x.codes.shape();
  const IntegerConv2d product({{image[1], image[2], image[3]}, w.codes.shape(), geometry, x.border, x.top},
                              {w.codes.begin(), w.codes.end()});
  const Shape& out = product.output();
  const long channels = out[2];
  CodeSums y{Array<std::int16_t>::uninitialized({image[0], out[0], out[1], channels}),
             scaled(w.scale, x.scale), scaled(weight_sums(w), x.shift)};
  product.run(x.codes, [&](const IntegerSums& block) {
    const std::int32_t* from = block.data;
    std::int16_t* const first = y.sums.data() + block.pixels.begin * channels + block.channels.begin;
    const long width = block.channels.size();
    for (long m = 0; m < block.pixels.size(); ++m, from += width) {
      std::int16_t* const into = first + m * channels;
      for (long c = 0; c < width; ++c) into[c] = static_cast<std::int16_t>(from[c]);
    }
    if (powers != nullptr) powers->add(first, block.pixels.size(), block.channels, channels);
  });
  return y;
}

}  // namespace nibble::kernels
