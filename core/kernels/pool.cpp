#include "core/kernels/pool.h"

#include <algorithm>
#include <limits>

#include "core/check.h"
#include "core/parallel.h"

namespace nibble::kernels {
namespace {

// Input rows (or columns) that the window of output i covers.
Range window(long i, int kernel, int stride, int padding, long extent) {
  const long begin = i * stride - padding;
  return {std::max(begin, 0L), std::min(begin + kernel, extent)};
}

// Calls visit(output offset, rows, columns) for each window of image n; offsets count elements of the whole
// tensor.
template <typename Visit>
void for_each_window(long n, const Shape& x, const Shape& y, const PoolGeometry& g, Visit visit) {
  for (long oh = 0; oh < y[1]; ++oh) {
    const Range rows = window(oh, g.kernel.h, g.stride.h, g.padding.h, x[1]);
    for (long ow = 0; ow < y[2]; ++ow) {
      visit(((n * y[1] + oh) * y[2] + ow) * y[3], rows,
            window(ow, g.kernel.w, g.stride.w, g.padding.w, x[2]));
    }
  }
}

// Offset of pixel (h, w) of image n.
long pixel(const Shape& x, long n, long h, long w) { return ((n * x[1] + h) * x[2] + w) * x[3]; }

}  // namespace

Shape pool_output_shape(const Shape& x, const PoolGeometry& g, const char* who) {
  check(x.rank() == 4, who, ": input ", x, " where [N, H, W, C] is expected");
  check(2 * g.padding.h < g.kernel.h + 1 && 2 * g.padding.w < g.kernel.w + 1, who, ": padding ", g.padding,
        " where at most half of the kernel ", g.kernel, " is expected");
  const long h = x[1] + 2 * g.padding.h - g.kernel.h, w = x[2] + 2 * g.padding.w - g.kernel.w;
  check(h >= 0 && w >= 0, who, ": input ", x, " is smaller than the kernel ", g.kernel);
  return {x[0], h / g.stride.h + 1, w / g.stride.w + 1, x[3]};
}

MaxPooled max_pool(const Tensor& x, const PoolGeometry& geometry) {
  const Shape shape = pool_output_shape(x.shape(), geometry, "max_pool");
  MaxPooled result{Tensor::uninitialized(shape), Array<int>::uninitialized(shape)};
  const long channels = shape[3];
  parallel_for(shape[0], [&](long n) {
    for_each_window(n, x.shape(), shape, geometry, [&](long out, Range rows, Range columns) {
      Real* const y = result.y.data() + out;
      int* const winner = result.winner.data() + out;
      std::fill(y, y + channels, -std::numeric_limits<Real>::infinity());
      std::fill(winner, winner + channels, static_cast<int>(pixel(x.shape(), n, rows.begin, columns.begin)));
      for (long h = rows.begin; h < rows.end; ++h) {
        for (long w = columns.begin; w < columns.end; ++w) {
          const long at = pixel(x.shape(), n, h, w);
          for (long c = 0; c < channels; ++c) {
            const bool wins = x.data()[at + c] > y[c];
            y[c] = wins ? x.data()[at + c] : y[c];
            winner[c] = wins ? static_cast<int>(at) : winner[c];
          }
        }
      }
      for (long c = 0; c < channels; ++c) winner[c] += static_cast<int>(c);
    });
  });
  return result;
}

Tensor max_pool_gradient(const Tensor& dy, const Array<int>& winner, const Shape& x) {
  Tensor dx(x);
  parallel_for(x[0], [&](long n) {
    const long begin = n * dy.shape().row(), end = begin + dy.shape().row();
    for (long i = begin; i < end; ++i) dx[winner[i]] += dy[i];
  });
  return dx;
}

Tensor average_pool(const Tensor& x, const PoolGeometry& geometry) {
  Tensor y(pool_output_shape(x.shape(), geometry, "average_pool"));
  const long channels = y.shape()[3];
  parallel_for(y.shape()[0], [&](long n) {
    for_each_window(n, x.shape(), y.shape(), geometry, [&](long out, Range rows, Range columns) {
      Real* const into = y.data() + out;
      for (long h = rows.begin; h < rows.end; ++h) {
        for (long w = columns.begin; w < columns.end; ++w) {
          const Real* const from = x.data() + pixel(x.shape(), n, h, w);
          for (long c = 0; c < channels; ++c) into[c] += from[c];
        }
      }
      const Real share = Real(1) / static_cast<Real>(rows.size() * columns.size());
      for (long c = 0; c < channels; ++c) into[c] *= share;
    });
  });
  return y;
}

Tensor average_pool_gradient(const Tensor& dy, const Shape& x, const PoolGeometry& geometry) {
  Tensor dx(x);
  const long channels = x[3];
  parallel_for(x[0], [&](long n) {
    for_each_window(n, x, dy.shape(), geometry, [&](long out, Range rows, Range columns) {
      const Real share = Real(1) / static_cast<Real>(rows.size() * columns.size());
      for (long h = rows.begin; h < rows.end; ++h) {
        for (long w = columns.begin; w < columns.end; ++w) {
          Real* const into = dx.data() + pixel(x, n, h, w);
          for (long c = 0; c < channels; ++c) into[c] += share * dy.data()[out + c];
        }
      }
    });
  });
  return dx;
}

Tensor global_average(const Tensor& x) {
  check(x.shape().rank() == 4, "global_average: input ", x.shape(), " where [N, H, W, C] is expected");
  const long channels = x.shape()[3], pixels = x.shape()[1] * x.shape()[2];
  Tensor y({x.shape()[0], channels});
  parallel_for(x.shape()[0], [&](long n) {
    Real* const into = y.data() + n * channels;
    for (long p = 0; p < pixels; ++p) {
      const Real* const from = x.data() + (n * pixels + p) * channels;
      for (long c = 0; c < channels; ++c) into[c] += from[c];
    }
    for (long c = 0; c < channels; ++c) into[c] /= static_cast<Real>(pixels);
  });
  return y;
}

Tensor global_average_gradient(const Tensor& dy, const Shape& x) {
  const long channels = x[3], pixels = x[1] * x[2];
  Tensor dx = Tensor::uninitialized(x);
  parallel_for(x[0], [&](long n) {
    const Real* const from = dy.data() + n * channels;
    for (long p = 0; p < pixels; ++p) {
      Real* const into = dx.data() + (n * pixels + p) * channels;
      for (long c = 0; c < channels; ++c) into[c] = from[c] / static_cast<Real>(pixels);
    }
  });
  return dx;
}

Tensor upsample(const Tensor& x, long factor) {
  check(x.shape().rank() == 4 && factor > 0, "upsample: input ", x.shape(), " and factor ", factor,
        " where [N, H, W, C] and at least 1 are expected");
  const Shape& s = x.shape();
  Tensor y = Tensor::uninitialized({s[0], s[1] * factor, s[2] * factor, s[3]});
  parallel_for(s[0], [&](long n) {
    for (long h = 0; h < y.shape()[1]; ++h) {
      for (long w = 0; w < y.shape()[2]; ++w) {
        const Real* const from = x.data() + pixel(s, n, h / factor, w / factor);
        std::copy(from, from + s[3], y.data() + pixel(y.shape(), n, h, w));
      }
    }
  });
  return y;
}

Tensor upsample_gradient(const Tensor& dy, long factor) {
  const Shape& s = dy.shape();
  Tensor dx({s[0], s[1] / factor, s[2] / factor, s[3]});
  parallel_for(s[0], [&](long n) {
    for (long h = 0; h < s[1]; ++h) {
      for (long w = 0; w < s[2]; ++w) {
        const Real* const from = dy.data() + pixel(s, n, h, w);
        Real* const into = dx.data() + pixel(dx.shape(), n, h / factor, w / factor);
        for (long c = 0; c < s[3]; ++c) into[c] += from[c];
      }
    }
  });
  return dx;
}

}  // namespace nibble::kernels
