#include "core/kernels/pointwise/pool.h"

#include <algorithm>
#include <vector>

#include "core/check.h"
#include "core/parallel.h"

namespace nibble::kernels {
namespace {

// The part of a window that lies inside the image.
struct Window {
  Range h, w;
  long area() const { return h.size() * w.size(); }
};

Window window(const Shape& x, const PoolGeometry& g, long oh, long ow) {
  const long h = oh * g.stride.h - g.padding.h, w = ow * g.stride.w - g.padding.w;
  return {{std::max(h, 0L), std::min(h + g.kernel.h, x[1])},
          {std::max(w, 0L), std::min(w + g.kernel.w, x[2])}};
}

// Calls visit(n, out, window) for every output position, `out` being its pixel index within the image.
template <typename Visit>
void for_each_window(const Shape& x, const Shape& y, const PoolGeometry& geometry, const Visit& visit) {
  parallel_for(x[0], [&](long n) {
    for (long oh = 0; oh < y[1]; ++oh) {
      for (long ow = 0; ow < y[2]; ++ow) visit(n, oh * y[2] + ow, window(x, geometry, oh, ow));
    }
  });
}

// Calls visit(pixel) for the pixel indices of a window in an image of the given width.
template <typename Visit>
void for_each_pixel(const Window& win, long width, const Visit& visit) {
  for (long h = win.h.begin; h < win.h.end; ++h) {
    for (long w = win.w.begin; w < win.w.end; ++w) visit(h * width + w);
  }
}

}  // namespace

Shape pool_output_shape(const Shape& x, const PoolGeometry& g, const char* who) {
  check(x.rank() == 4, who, ": found input ", x, ", expected [N, H, W, C]");
  check(g.kernel.h > 0 && g.kernel.w > 0 && g.stride.h > 0 && g.stride.w > 0, who, ": found kernel ",
        g.kernel, " and stride ", g.stride, ", expected at least 1x1");
  check(0 <= g.padding.h && 0 <= g.extra.h && g.padding.h + g.extra.h < g.kernel.h && 0 <= g.padding.w &&
            0 <= g.extra.w && g.padding.w + g.extra.w < g.kernel.w,
        who, ": found padding ", g.padding,
        g.extra == Size2{0, 0} ? "" : str(" and more at the end, ", g.extra),
        ", expected less than the kernel ", g.kernel);
  const long h = x[1] + 2 * g.padding.h + g.extra.h - g.kernel.h,
             w = x[2] + 2 * g.padding.w + g.extra.w - g.kernel.w;
  check(h >= 0 && w >= 0, who, ": found input ", x, ", expected at least the size of the kernel ", g.kernel);
  return {x[0], h / g.stride.h + 1, w / g.stride.w + 1, x[3]};
}

MaxPooled max_pool_forward(const Tensor& x, const PoolGeometry& geometry) {
  const Shape& in = x.shape();
  const Shape out = pool_output_shape(in, geometry, "max_pool");
  MaxPooled pooled{Tensor::uninitialized(out), Array<int>::uninitialized(out)};
  const long channels = in[3];
  for_each_window(in, out, geometry, [&](long n, long position, const Window& win) {
    const Real* const image = x.data() + n * in.row();
    Real* const best = pooled.y.data() + n * out.row() + position * channels;
    int* const winner = pooled.winner.data() + n * out.row() + position * channels;
    const long first = (win.h.begin * in[2] + win.w.begin) * channels;
    for (long c = 0; c < channels; ++c) best[c] = image[first + c], winner[c] = static_cast<int>(first + c);
    for_each_pixel(win, in[2], [&](long pixel) {
      const Real* const value = image + pixel * channels;
      const int at = static_cast<int>(pixel * channels);
      for (long c = 0; c < channels; ++c) {
        const bool wins = value[c] > best[c] || value[c] != value[c];
        best[c] = wins ? value[c] : best[c];
        winner[c] = wins ? at + static_cast<int>(c) : winner[c];
      }
    });
  });
  return pooled;
}

Tensor max_pool_gradient(const Tensor& dy, const Array<int>& winner, const Shape& x) {
  Tensor dx(x);
  const long outputs = dy.shape().row();
  parallel_for(x[0], [&](long n) {
    Real* const image = dx.data() + n * x.row();
    const Real* const g = dy.data() + n * outputs;
    const int* const at = winner.data() + n * outputs;
    for (long i = 0; i < outputs; ++i) image[at[i]] += g[i];
  });
  return dx;
}

Tensor average_pool_forward(const Tensor& x, const PoolGeometry& geometry) {
  const Shape& in = x.shape();
  const Shape out = pool_output_shape(in, geometry, "average_pool");
  Tensor y(out);
  const long channels = in[3];
  for_each_window(in, out, geometry, [&](long n, long position, const Window& win) {
    Real* const mean = y.data() + n * out.row() + position * channels;
    for_each_pixel(win, in[2], [&](long pixel) {
      const Real* const value = x.data() + n * in.row() + pixel * channels;
      for (long c = 0; c < channels; ++c) mean[c] += value[c];
    });
    const Real area = static_cast<Real>(win.area());
    for (long c = 0; c < channels; ++c) mean[c] /= area;
  });
  return y;
}

Tensor average_pool_gradient(const Tensor& dy, const Shape& x, const PoolGeometry& geometry) {
  Tensor dx(x);
  const long channels = x[3];
  for_each_window(x, dy.shape(), geometry, [&](long n, long position, const Window& win) {
    const Real* const g = dy.data() + n * dy.shape().row() + position * channels;
    const Real area = static_cast<Real>(win.area());
    for_each_pixel(win, x[2], [&](long pixel) {
      Real* const into = dx.data() + n * x.row() + pixel * channels;
      for (long c = 0; c < channels; ++c) into[c] += g[c] / area;
    });
  });
  return dx;
}

Tensor global_average_forward(const Tensor& x) {
  const Shape& in = x.shape();
  const long channels = in[3], pixels = in[1] * in[2];
  Tensor y = Tensor::uninitialized({in[0], channels});
  parallel_for(in[0], [&](long n) {
    std::vector<double> sum(static_cast<std::size_t>(channels));
    for (long p = 0; p < pixels; ++p) {
      const Real* const value = x.data() + n * in.row() + p * channels;
      for (long c = 0; c < channels; ++c) sum.data()[c] += static_cast<double>(value[c]);
    }
    Real* const mean = y.data() + n * channels;
    for (long c = 0; c < channels; ++c) {
      mean[c] = static_cast<Real>(sum.data()[c] / static_cast<double>(pixels));
    }
  });
  return y;
}

Tensor global_average_forward(const CodedImage& x) {
  const Shape& in = x.codes.shape();
  const long channels = in[3], pixels = in[1] * in[2];
  Tensor y = Tensor::uninitialized({in[0], channels});
  parallel_for(in[0], [&](long n) {
    auto sums = Array<std::int32_t>({channels});
    std::int32_t* const sum = sums.data();
    for (long p = 0; p < pixels; ++p) {
      const std::uint8_t* const code = x.codes.data() + n * in.row() + p * channels;
      for (long c = 0; c < channels; ++c) sum[c] += code[c];
    }
    for (long c = 0; c < channels; ++c) {
      const double mean = static_cast<double>(x.scale) * sum[c] / static_cast<double>(pixels);
      y[n * channels + c] = static_cast<Real>(mean + static_cast<double>(x.shift));
    }
  });
  return y;
}

PiecewiseTensor global_average_gradient(const Tensor& dy, const Shape& x) {
  const long channels = x[3], image = x.row();
  const Real share = Real(1) / static_cast<Real>(x[1] * x[2]);
  return {x, [=](Range elements, Real* into) {
            for (long i = elements.begin; i < elements.end; i += channels, into += channels) {
              const Real* const g = dy.data() + i / image * channels;
              for (long c = 0; c < channels; ++c) into[c] = g[c] * share;
            }
          }};
}

Tensor upsample_forward(const Tensor& x, int factor) {
  const Shape& in = x.shape();
  const long channels = in[3], height = factor * in[1], width = factor * in[2];
  Tensor y = Tensor::uninitialized({in[0], height, width, channels});
  parallel_for(in[0], [&](long n) {
    Real* into = y.data() + n * y.shape().row();
    for (long h = 0; h < height; ++h) {
      for (long w = 0; w < width; ++w, into += channels) {
        const long pixel = h / factor * in[2] + w / factor;
        std::copy_n(x.data() + n * in.row() + pixel * channels, channels, into);
      }
    }
  });
  return y;
}

Tensor upsample_gradient(const Tensor& dy, const Shape& x, int factor) {
  Tensor dx(x);
  const long channels = x[3], height = factor * x[1], width = factor * x[2];
  parallel_for(x[0], [&](long n) {
    const Real* g = dy.data() + n * dy.shape().row();
    for (long h = 0; h < height; ++h) {
      for (long w = 0; w < width; ++w, g += channels) {
        Real* const into = dx.data() + n * x.row() + (h / factor * x[2] + w / factor) * channels;
        for (long c = 0; c < channels; ++c) into[c] += g[c];
      }
    }
  });
  return dx;
}

}  // namespace nibble::kernels
