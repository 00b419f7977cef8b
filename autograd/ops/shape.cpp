#include "autograd/ops/shape.h"

#include <algorithm>

#include "core/parallel.h"

namespace nibble {
namespace {

// Copies `width` values from column `from` of a to column `to` of b, for all rows; a and b have any last
// extents.
void copy_columns(const Tensor& a, long from, Tensor& b, long to, long width) {
  const long stride_a = a.shape().back(), stride_b = b.shape().back();
  parallel_chunks(a.size() / stride_a, kElementGrain / width + 1, [&](Range rows) {
    for (long m = rows.begin; m < rows.end; ++m) {
      const Real* const source = a.data() + m * stride_a + from;
      std::copy(source, source + width, b.data() + m * stride_b + to);
    }
  });
}

Shape with_last(Shape shape, long last) {
  shape[shape.rank() - 1] = last;
  return shape;
}

}  // namespace

Var reshape(const Var& x, const Shape& shape) {
  check(x.shape().count() == shape.count(), "reshape: input ", x.shape(), " has ", x.shape().count(),
        " values but ", shape, " takes ", shape.count());
  return record("reshape", {x}, x.value().reshaped(shape),
                [from = x.shape()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return dy.reshaped(from); });
                });
}

Var concat(const std::vector<Var>& inputs) {
  check(!inputs.empty(), "concat: no inputs");
  long last = 0;
  std::vector<long> begins;
  for (const Var& input : inputs) {
    check(with_last(input.shape(), 0) == with_last(inputs[0].shape(), 0), "concat: inputs ",
          inputs[0].shape(), " and ", input.shape(),
          " where all extents but the last are expected to be equal");
    begins.push_back(last);
    last += input.shape().back();
  }
  Tensor y = Tensor::uninitialized(with_last(inputs[0].shape(), last));
  std::vector<Shape> shapes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    copy_columns(inputs[i].value(), 0, y, begins[i], inputs[i].shape().back());
    shapes.push_back(inputs[i].shape());
  }
  return record("concat", inputs, y, [begins, shapes](const Tensor& dy, Gradients& into) {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      into.add(i, [&] {
        Tensor dx = Tensor::uninitialized(shapes[i]);
        copy_columns(dy, begins[i], dx, 0, shapes[i].back());
        return dx;
      });
    }
  });
}

Var slice(const Var& x, long begin, long end) {
  check(0 <= begin && begin < end && end <= x.shape().back(), "slice: range ", begin, " to ", end,
        " of input ", x.shape());
  Tensor y = Tensor::uninitialized(with_last(x.shape(), end - begin));
  copy_columns(x.value(), begin, y, 0, end - begin);
  return record("slice", {x}, y, [begin, end, shape = x.shape()](const Tensor& dy, Gradients& into) {
    into.add(0, [&] {
      Tensor dx(shape);
      copy_columns(dy, 0, dx, begin, end - begin);
      return dx;
    });
  });
}

Var subsample(const Var& x, long stride, long out_channels, long leading, const Var& pad) {
  const Shape in = x.shape();
  check(in.rank() == 4 && stride > 0 && leading >= 0 && leading + in[3] <= out_channels, "subsample: input ",
        in, " with stride ", stride, " and ", leading, " leading channels of ", out_channels);
  const Shape out{in[0], (in[1] + stride - 1) / stride, (in[2] + stride - 1) / stride, out_channels};
  Tensor y = Tensor::uninitialized(out);
  const Real fill = pad.empty() ? Real(0) : pad.value()[0];
  // Calls visit(offset in x, offset in y) for every pixel kept of image n.
  const auto for_each_pixel = [in, out, stride](long n, const auto& visit) {
    for (long h = 0; h < out[1]; ++h) {
      for (long w = 0; w < out[2]; ++w) {
        visit(((n * in[1] + h * stride) * in[2] + w * stride) * in[3],
              ((n * out[1] + h) * out[2] + w) * out[3]);
      }
    }
  };
  parallel_for(out[0], [&](long n) {
    for_each_pixel(n, [&](long from, long to) {
      Real* const into = y.data() + to;
      std::fill(into, into + out_channels, fill);
      std::copy(x.value().data() + from, x.value().data() + from + in[3], into + leading);
    });
  });
  std::vector<Var> inputs{x};
  if (!pad.empty()) inputs.push_back(pad);
  return record("subsample", inputs, y,
                [in, out, leading, for_each_pixel, padded = !pad.empty()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] {
                    Tensor dx(in);
                    parallel_for(in[0], [&](long n) {
                      for_each_pixel(n, [&](long from, long to) {
                        std::copy(dy.data() + to + leading, dy.data() + to + leading + in[3],
                                  dx.data() + from);
                      });
                    });
                    return dx;
                  });
                  if (!padded) return;
                  into.add(1, [&] {
                    double total = 0;
                    for (long n = 0; n < in[0]; ++n) {
                      for_each_pixel(n, [&](long, long to) {
                        for (long c = 0; c < out[3]; ++c) {
                          if (c < leading || c >= leading + in[3])
                            total += static_cast<double>(dy.data()[to + c]);
                        }
                      });
                    }
                    return Tensor({1}, {static_cast<Real>(total)});
                  });
                });
}

}  // namespace nibble
