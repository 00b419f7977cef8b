#include "autograd/ops/shape.h"

#include <algorithm>
#include <numeric>

#include "core/parallel.h"

namespace nibble {
namespace {

// Columns of a matrix [rows, width]. Ops on the last axis treat a tensor [..., width] as such a matrix.
template <typename Pointer>
struct Columns {
  Pointer data;  // of the first column
  long width;    // of the matrix
};

void copy_columns(Columns<const Real*> from, Columns<Real*> to, long count, long rows) {
  parallel_chunks(rows, kElementGrain / count + 1, [&](Range range) {
    for (long m = range.begin; m < range.end; ++m) {
      std::copy_n(from.data + m * from.width, count, to.data + m * to.width);
    }
  });
}

Shape with_last(Shape shape, long extent) {
  shape[shape.rank() - 1] = extent;
  return shape;
}

// The columns begin ≤ c < begin + count as a new tensor.
Tensor take_columns(const Tensor& x, long begin, long count) {
  Tensor y = Tensor::uninitialized(with_last(x.shape(), count));
  copy_columns({x.data() + begin, x.shape().back()}, {y.data(), count}, count, y.size() / count);
  return y;
}

// Calls visit(out, in) for the offset of every pixel of y's image n and of its source in x.
template <typename Visit>
void for_each_sampled_pixel(const Shape& x, const Shape& y, int stride, long n, const Visit& visit) {
  for (long h = 0; h < y[1]; ++h) {
    for (long w = 0; w < y[2]; ++w) {
      visit(((n * y[1] + h) * y[2] + w) * y[3], ((n * x[1] + h * stride) * x[2] + w * stride) * x[3]);
    }
  }
}

// The sum of dy over the padding's channels: in double within an image, images in order.
Real pad_gradient(const Tensor& dy, long leading, long channels) {
  const long width = dy.shape().back(), images = dy.shape()[0], row = dy.shape().row();
  std::vector<double> sums(static_cast<std::size_t>(images));
  parallel_for(images, [&](long n) {
    double sum = 0;
    for (const Real* g = dy.data() + n * row; g < dy.data() + (n + 1) * row; g += width) {
      sum = std::accumulate(g, g + leading, sum);
      sum = std::accumulate(g + leading + channels, g + width, sum);
    }
    sums[static_cast<std::size_t>(n)] = sum;
  });
  return static_cast<Real>(std::accumulate(sums.begin(), sums.end(), 0.0));
}

}  // namespace

Var reshape(const Var& x, const Shape& shape) {
  check(shape.count() == x.value().size(), "reshape: input ", x.shape(), " has ", x.value().size(),
        " elements but shape ", shape, " has ", shape.count());
  return record("reshape", {x}, x.value().reshaped(shape),
                [from = x.shape()](const Tensor& dy, Gradients& into) { into.add(0, dy.reshaped(from)); });
}

Var concat(const std::vector<Var>& inputs) {
  check(!inputs.empty(), "concat: found no input, expected at least 1");
  const Shape& first = inputs[0].shape();
  std::vector<long> widths;
  for (const Var& input : inputs) {
    check(input.shape().rank() == first.rank() && with_last(input.shape(), first.back()) == first,
          "concat: found inputs ", first, " and ", input.shape(),
          ", expected equal shapes up to the last axis");
    widths.push_back(input.shape().back());
  }
  const long width = std::accumulate(widths.begin(), widths.end(), 0L);
  Tensor y = Tensor::uninitialized(with_last(first, width));
  long begin = 0;
  for (std::size_t i = 0; i < inputs.size(); begin += widths[i], ++i) {
    copy_columns({inputs[i].value().data(), widths[i]}, {y.data() + begin, width}, widths[i],
                 y.size() / width);
  }
  return record("concat", inputs, y, [widths](const Tensor& dy, Gradients& into) {
    long from = 0;
    for (std::size_t i = 0; i < widths.size(); from += widths[i], ++i) {
      into.add(i, [&] { return take_columns(dy, from, widths[i]); });
    }
  });
}

Var slice(const Var& x, long begin, long end) {
  check(0 <= begin && begin < end && end <= x.shape().back(), "slice: found range ", begin, " to ", end,
        " of input ", x.shape(), ", expected 0 <= begin < end <= ", x.shape().back());
  return record(
      "slice", {x}, take_columns(x.value(), begin, end - begin),
      [shape = x.shape(), begin](const Tensor& dy, Gradients& into) {
        into.add(0, [&] {
          Tensor dx(shape);
          const long count = dy.shape().back();
          copy_columns({dy.data(), count}, {dx.data() + begin, shape.back()}, count, dy.size() / count);
          return dx;
        });
      });
}

Var subsample(const Var& x, int stride, int out_channels, long leading, const Var& pad) {
  const Shape from = x.shape();
  check(from.rank() == 4, "subsample: found input ", from, ", expected [N, H, W, C]");
  check(stride > 0, "subsample: found stride ", stride, ", expected at least 1");
  const long channels = from[3];
  check(leading >= 0 && leading + channels <= out_channels, "subsample: found ", out_channels,
        " output channels for ", leading, " of padding and ", channels, " of input ", from,
        ", expected at least their sum");
  check(pad.empty() || pad.shape() == Shape{1}, "subsample: found a pad value of shape ",
        pad.empty() ? Shape{} : pad.shape(), ", expected [1]");

  Tensor y = Tensor::uninitialized(
      {from[0], (from[1] + stride - 1) / stride, (from[2] + stride - 1) / stride, out_channels});
  const Real filler = pad.empty() ? Real(0) : pad.value()[0];
  parallel_for(from[0], [&](long n) {
    for_each_sampled_pixel(from, y.shape(), stride, n, [&](long out, long in) {
      Real* const pixel = y.data() + out;
      std::fill_n(pixel, leading, filler);
      std::copy_n(x.value().data() + in, channels, pixel + leading);
      std::fill_n(pixel + leading + channels, out_channels - leading - channels, filler);
    });
  });
  std::vector<Var> inputs{x};
  if (!pad.empty()) inputs.push_back(pad);
  return record("subsample", std::move(inputs), y,
                [from, stride, leading, padded = !pad.empty()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] {
                    Tensor dx(from);
                    parallel_for(from[0], [&](long n) {
                      for_each_sampled_pixel(from, dy.shape(), stride, n, [&](long out, long in) {
                        std::copy_n(dy.data() + out + leading, from[3], dx.data() + in);
                      });
                    });
                    return dx;
                  });
                  if (padded) into.add(1, [&] { return Tensor({1}, {pad_gradient(dy, leading, from[3])}); });
                });
}

}  // namespace nibble
