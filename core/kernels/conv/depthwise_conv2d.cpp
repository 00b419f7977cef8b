#include "core/kernels/conv/depthwise_conv2d.h"

#include "core/kernels/conv/depthwise_rows.h"
#include "core/parallel.h"

namespace nibble::kernels {
namespace {

using namespace depthwise;

// Calls row(piece, n · OH + oh, taps) for every row of y, in order within a piece and on the piece's thread.
// weights: [taps, pitch]. The taps read values − origin, and 0 outside of the image.
template <typename Images, typename Row>
void for_each_row(const Layer& l, const Images& x, const Tensor& weights, Real origin, const Row& row) {
  const std::vector<Range> pieces = cut(l.x[0], kBatchPieces);
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    RowRing ring = ring_of_image(l, l.w[1]);
    Taps taps;
    const Range images = pieces[static_cast<std::size_t>(p)];
    for (long n = images.begin; n < images.end; ++n) {
      long next = 0;  // the next row that the ring takes
      for (long oh = 0; oh < l.y[1]; ++oh) {
        for (next = std::max(next, l.row_of(oh, 0)); next < std::min(l.row_of(oh, l.w[1]), l.x[1]); ++next)
          ring.put(next, x, n, origin);
        find_taps(l, ring, oh, weights.data(), taps);
        row(static_cast<std::size_t>(p), n * l.y[1] + oh, taps);
      }
    }
  });
}

// y[c] = gain[c] · Σ (x − origin) w + offset[c]
struct Line {
  Real origin;
  Tensor gain, offset;  // [pitch]
};

template <typename Images>
Tensor forward(const Layer& l, const Images& x, const Tensor& weights, const Line& line,
               const PieceListener& of_y) {
  Tensor y = Tensor::uninitialized(l.y);
  const long channels = l.channels(), y_row = l.y[2] * channels;
  for_each_row(l, x, weights, line.origin, [&](std::size_t piece, long row, const Taps& taps) {
    Real* const into = y.data() + row * y_row;
    for (long c = 0; c < channels; c += kCount) {
      const Values gain = lanes::load(line.gain.data() + c), offset = lanes::load(line.offset.data() + c);
      const long used = std::min(kCount, channels - c);
      weigh_row(taps, c, l.pitch(), l.y[2], [=](long j, Values sum) NIBBLE_INLINE {
        lanes::store(sum * gain + offset, into + j * channels + c, used);
      });
    }
    if (of_y) of_y(static_cast<long>(piece), {row * y_row, (row + 1) * y_row}, into);
  });
  return y;
}

// With codes counted from the border's code b, x̂ = s·(q − b) + p inside and outside of the image:
//   y[c] = s·s[c] · Σ (q − b) w + p·s[c] · Σ w
// The first sum reads zeros outside, and it is exact.
Line line_of(const Layer& l, const CodedImage& x, const CodedWeight& w) {
  Line line{static_cast<Real>(x.border), Tensor({l.pitch()}), Tensor({l.pitch()})};
  const Tensor sums = weight_sums(w);
  for (long c = 0; c < l.channels(); ++c) {
    line.gain[c] = x.scale * w.scale[c];
    line.offset[c] = x.border_value() * sums[c];
  }
  return line;
}

}  // namespace

bool is_depthwise(const Shape& x, const Shape& w, const Conv2dGeometry& g) {
  return g.groups > 1 && g.groups == x[3] && w[0] == x[3] && g.dilation == Size2{1, 1};
}

Tensor depthwise_forward(const PiecewiseTensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                         const PieceListener& of_y) {
  const Layer l = depthwise_layer(x.shape(), w.shape(), geometry);
  Line line{0, Tensor({l.pitch()}), Tensor({l.pitch()})};
  line.gain.fill(1);
  return forward(l, x, tap_weights(l, w), line, of_y);
}

Tensor depthwise_codes_forward(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                               const PieceListener& of_y) {
  const Layer l = depthwise_layer(x.codes.shape(), w.codes.shape(), geometry);
  return forward(l, x.codes, tap_weights(l, w.codes), line_of(l, x, w), of_y);
}

CodeSums depthwise_sums(const CodedImage& x, const CodedWeight& w, const Conv2dGeometry& geometry,
                        SumPowers* powers) {
  const Layer l = depthwise_layer(x.codes.shape(), w.codes.shape(), geometry);
  const long channels = l.channels(), y_row = l.y[2] * channels;
  const Line line = line_of(l, x, w);
  CodeSums y{Array<std::int16_t>::uninitialized(l.y), Tensor::uninitialized({channels}),
             Tensor::uninitialized({channels})};
  std::copy_n(line.gain.data(), channels, y.gain.data());
  std::copy_n(line.offset.data(), channels, y.offset.data());
  const auto row = [&](std::size_t, long at, const Taps& taps) {
    std::int16_t* const into = y.sums.data() + at * y_row;
    for (long c = 0; c < channels; c += kCount) {
      const long used = std::min(kCount, channels - c);
      weigh_row(taps, c, l.pitch(), l.y[2],
                [=](long j, Values sum) NIBBLE_INLINE { lanes::store(sum, into + j * channels + c, used); });
    }
    if (powers != nullptr) powers->add(into, l.y[2], {0, channels}, channels);
  };
  for_each_row(l, x.codes, tap_weights(l, w.codes), line.origin, row);
  return y;
}

}  // namespace nibble::kernels
