// Both gradients of a depthwise convolution in one pass over the rows of dy.
#include "core/bfloat16.h"
#include "core/kernels/conv/conv2d_border.h"
#include "core/kernels/conv/depthwise_conv2d.h"
#include "core/kernels/conv/depthwise_rows.h"
#include "core/parallel.h"

namespace nibble::kernels {
namespace {

using namespace depthwise;

NIBBLE_LANES void keep(Values v, Real* into, long n) { lanes::store(v, into, n); }
NIBBLE_LANES void keep(Values v, std::uint16_t* into, long n) { lanes::store_bfloat16(v, into, n); }

// The rows of dy, computed or fetched several at a time.
class IncomingRows {
 public:
  IncomingRows(const PiecewiseTensor& dy, Range rows)
      : dy_(dy), left_(rows), row_(dy.shape()[2] * dy.shape()[3]), fetched_{rows.begin, rows.begin} {
    constexpr long kBlock = 16384;  // elements: they stay in the second-level cache
    at_once_ = std::min(std::max(kBlock / row_, 1L), rows.size());
    spare_ = Tensor::uninitialized({at_once_ * row_});
  }
  /// Row r, counted through [N, OH]. Callers ask for rows in order.
  const Real* row(long r) {
    if (r == fetched_.end) {
      fetched_ = {r, std::min(r + at_once_, left_.end)};
      data_ = dy_.block({fetched_.begin * row_, fetched_.end * row_}, spare_.data());
    }
    return data_ + (r - fetched_.begin) * row_;
  }

 private:
  const PiecewiseTensor& dy_;
  Range left_;
  long row_, at_once_ = 0;
  Range fetched_;
  Tensor spare_;
  const Real* data_ = nullptr;
};

// The number of rows of dy that are multiplied together, while the sums and pixels of their channels are in
// the first-level cache: more if rows are short. Float is exact enough for the sums of so few rows.
long rows_at_once(const Layer& l) { return std::clamp(64 / l.y[2], 1L, std::min(4L, l.y[1])); }

// The columns first, first + stride, ... of a row of dx: they are sums over the same taps.
struct Phase {
  long first, count;
  Taps taps;
};

class InputGradientTaps {
 public:
  explicit InputGradientTaps(const Layer& l) : l_(l) {
    const long stride = l.geometry.stride.w;
    for (long first = 0; first < std::min(stride, l.x[2]); ++first)
      phases_.push_back({first, (l.x[2] - first + stride - 1) / stride, {}});
  }
  /// The phases of row h. Neighbouring pixels of dy meet taps that are `stride` apart, from the last tap to
  /// the first.
  const std::vector<Phase>& find(long h, const RowRing& dy, const Real* weights) {
    const auto& [stride, padding, dilation, groups, extra] = l_.geometry;
    for (Phase& phase : phases_) {
      phase.taps.rows.clear();
      const long position = phase.first + padding.w;  // = ow · stride + kw
      const long first_tap = position % stride.w;
      phase.taps.taps = first_tap < l_.w[2] ? (l_.w[2] - 1 - first_tap) / stride.w + 1 : 0;
      phase.taps.weight_step = -stride.w * l_.pitch();
      const long last_tap = first_tap + (phase.taps.taps - 1) * stride.w;
      for (long kh = 0; kh < l_.w[1]; ++kh) {
        const long i = h + padding.h - kh;  // = oh · stride if the tap meets an output row
        if (i % stride.h != 0) continue;
        phase.taps.rows.push_back({dy.row(i / stride.h) + (position - last_tap) / stride.w * l_.pitch(),
                                   weights + (kh * l_.w[2] + last_tap) * l_.pitch()});
      }
    }
    return phases_;
  }

 private:
  const Layer& l_;
  std::vector<Phase> phases_;
};

// The ring of rows of dy in the second-level cache, with the columns that dx reads beside the image.
RowRing ring_of_gradient(const Layer& l, long at_once) {
  const long stride = l.geometry.stride.w, padding = l.geometry.padding.w;
  const long before = std::max((l.w[2] - 1 - padding) / stride, 0L);
  const long after = std::max((l.x[2] - 1 + padding) / stride - (l.y[2] - 1), 0L);
  return RowRing(l.y, at_once - 1 + l.w[1], before, after);
}

// A row of dx: sums over the taps of its phases.
template <typename Kept>
void write_row(const Layer& l, const std::vector<Phase>& phases, Kept* into) {
  const long channels = l.channels(), pitch = l.pitch(), stride = l.geometry.stride.w;
  for (long c = 0; c < channels; c += kCount) {
    const long used = std::min(kCount, channels - c);
    for (const Phase& phase : phases) {
      Kept* const at = into + phase.first * channels + c;
      weigh_row(phase.taps, c, pitch, phase.count,
                [=](long j, Values sum) NIBBLE_INLINE { keep(sum, at + j * stride * channels, used); });
    }
  }
}

// The results of the pass beside dx: the products of all pieces, and sums for the border.
struct Found {
  std::vector<double> products;  // [taps + 1, pitch]
  Tensor border_taps;
};

// The products of all pieces, added in order.
std::vector<double> sum_of_products(std::vector<std::vector<double>>& products) {
  std::vector<double> sum = std::move(products.front());
  for (std::size_t i = 1; i < products.size(); ++i) {
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += products[i][k];
  }
  return sum;
}

template <typename Images, typename Kept>
Found walk(const Layer& l, const PiecewiseTensor& dy, const Images& x, Real origin, const Tensor& weights,
           const WantedGradients& wanted, Kept* dx) {
  const std::vector<Range> pieces = cut(l.x[0], kBatchPieces);
  std::vector<std::vector<double>> products(pieces.size());
  std::vector<Tensor> border_taps(pieces.size());
  const BorderTapSums border(l.w, l.x, l.geometry);
  const long channels = l.channels(), pitch = l.pitch(), x_row = l.x[2] * channels;
  const Size2 stride = l.geometry.stride;
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    const std::size_t piece = static_cast<std::size_t>(p);
    const long at_once = rows_at_once(l);
    RowRing x_ring = ring_of_image(l, (at_once - 1) * stride.h + l.w[1]);
    RowRing dy_ring = ring_of_gradient(l, at_once);
    IncomingRows incoming(dy, {pieces[piece].begin * l.y[1], pieces[piece].end * l.y[1]});
    Tensor sums({l.taps() + 1, pitch});
    products[piece].assign(static_cast<std::size_t>(sums.size()), 0);
    std::vector<Taps> taps(static_cast<std::size_t>(at_once));
    InputGradientTaps dx_taps(l);
    for (long n = pieces[piece].begin; n < pieces[piece].end; ++n) {
      long next = 0, done = 0;  // the next row of x for its ring, the next row of dx to write
      for (long first = 0; first < l.y[1]; first += at_once) {
        const long rows = std::min(at_once, l.y[1] - first);
        const long end = std::min(l.row_of(first + rows - 1, l.w[1]), l.x[1]);
        for (next = std::max(next, l.row_of(first, 0)); next < end; ++next) x_ring.put(next, x, n, origin);
        for (long oh = first; oh < first + rows; ++oh) {
          const long row = n * l.y[1] + oh;
          const Real* const d = incoming.row(row);
          dy_ring.put(oh, d);
          if (wanted.border_taps) border.add(d, {row, row + 1}, border_taps[piece]);
          find_taps(l, x_ring, oh, weights.data(), taps[static_cast<std::size_t>(oh - first)]);
        }

        for (long c = 0; c < channels; c += kCount) {
          for (long r = 0; r < rows; ++r)
            multiply_row(dy_ring.row(first + r), taps[static_cast<std::size_t>(r)], c, pitch, l.y[2],
                         sums.data());
        }
        for (long i = 0; i < sums.size(); ++i)
          products[piece].data()[i] += static_cast<double>(sums.data()[i]);
        sums.fill(0);

        if (dx == nullptr) continue;
        // The rows of dx that no later row of dy adds to.
        const long complete = first + rows == l.y[1] ? l.x[1] : std::min(l.row_of(first + rows, 0), l.x[1]);
        for (; done < complete; ++done) {
          Kept* const into = dx + (n * l.x[1] + done) * x_row;
          write_row(l, dx_taps.find(done, dy_ring, weights.data()), into);
          if constexpr (std::is_same_v<Kept, Real>) {
            const long at = (n * l.x[1] + done) * x_row;
            if (wanted.dx_hook) (*wanted.dx_hook)(p, {at, at + x_row}, into);
          }
        }
      }
    }
  });
  return {sum_of_products(products), sum_of_pieces(border_taps)};
}

template <typename Images>
Conv2dGradients gradients(const Layer& l, const PiecewiseTensor& dy, const Images& x, Real origin,
                          const Tensor& w, Precision precision, const WantedGradients& wanted, Real scale,
                          Real constant) {
  const Tensor weights = tap_weights(l, w);
  Conv2dGradients result;
  Found found;
  const auto run = [&]<typename Kept>(Array<Kept> dx) {
    if (wanted.dx) dx = Array<Kept>::uninitialized(l.x);
    found = walk(l, dy, x, origin, weights, wanted, wanted.dx ? dx.data() : nullptr);
    if (wanted.dx) result.dx = PiecewiseTensor(dx);
  };
  if (precision == Precision::bfloat16) {
    run(Array<std::uint16_t>());
  } else {
    run(Tensor());
  }
  result.border_taps = found.border_taps;
  // dw = s · Σ dy (q − b) + p · Σ dy. The first sum reads zeros outside of the image.
  result.dw = Tensor::uninitialized(l.w);
  const double* const all = found.products.data() + l.taps() * l.pitch();
  for (long tap = 0; tap < l.taps(); ++tap) {
    const double* const product = found.products.data() + tap * l.pitch();
    for (long c = 0; c < l.channels(); ++c)
      result.dw.data()[c * l.taps() + tap] =
          scale * static_cast<Real>(product[c]) + constant * static_cast<Real>(all[c]);
  }
  return result;
}

}  // namespace

Conv2dGradients depthwise_gradients(const PiecewiseTensor& dy, const PiecewiseTensor& x, const Tensor& w,
                                    const Conv2dGeometry& geometry, const WantedGradients& wanted) {
  return gradients(depthwise_layer(x.shape(), w.shape(), geometry), dy, x, 0, w, Precision::float32, wanted,
                   1, 0);
}

Conv2dGradients depthwise_codes_gradients(const PiecewiseTensor& dy, const CodedImage& x,
                                          const CodedWeight& w, const Conv2dGeometry& geometry,
                                          Precision precision, const WantedGradients& wanted) {
  return gradients(depthwise_layer(x.codes.shape(), w.codes.shape(), geometry), dy, x.codes,
                   static_cast<Real>(x.border), w.values(), precision, wanted, x.scale, x.border_value());
}

}  // namespace nibble::kernels
