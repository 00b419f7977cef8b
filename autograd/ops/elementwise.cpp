#include "autograd/ops/elementwise.h"

#include <algorithm>

#include "core/kernels/pointwise/elementwise.h"
#include "core/parallel.h"
#include "core/simd/lanes.h"

namespace nibble {
namespace {

// y[n, p, c] = a[n, p, c] · b[n, c]
Tensor multiply_channels(const Tensor& a, const Tensor& b) {
  const long channels = b.shape()[1], pixels = a.shape().row() / channels;
  Tensor y = Tensor::uninitialized(a.shape());
  parallel_for(a.shape()[0], [&](long n) {
    const Real* const factor = b.data() + n * channels;
    for (long p = 0; p < pixels; ++p) {
      const long at = (n * pixels + p) * channels;
      const Real* const pa = a.data() + at;
      Real* const py = y.data() + at;
      for (long c = 0; c < channels; ++c) py[c] = pa[c] * factor[c];
    }
  });
  return y;
}

// db[n, c] = Σ_p dy[n, p, c] · a[n, p, c]
Tensor channel_products(const Tensor& dy, const Tensor& a, const Shape& b) {
  const long channels = b[1], pixels = a.shape().row() / channels;
  Tensor db(b);
  parallel_for(a.shape()[0], [&](long n) {
    Real* const into = db.data() + n * channels;
    for (long p = 0; p < pixels; ++p) {
      const long at = (n * pixels + p) * channels;
      const Real *const g = dy.data() + at, *const pa = a.data() + at;
      for (long c = 0; c < channels; ++c) into[c] += g[c] * pa[c];
    }
  });
  return db;
}

}  // namespace

Var add(const Var& a, const Var& b) {
  check(a.shape() == b.shape(), "add: found inputs ", a.shape(), " and ", b.shape(),
        ", expected equal shapes");
  return record("add", {a, b}, kernels::sum(a.value(), b.value()), [](const Tensor& dy, Gradients& into) {
    into.add(0, dy);
    into.add(1, dy);
  });
}

Var multiply(const Var& a, const Var& b) {
  if (a.shape() == b.shape()) {
    return record("multiply", {a, b}, kernels::product(a.value(), b.value()),
                  [a = a.value(), b = b.value()](const Tensor& dy, Gradients& into) {
                    into.add(0, [&] { return kernels::product(dy, b); });
                    into.add(1, [&] { return kernels::product(dy, a); });
                  });
  }
  check(a.shape().rank() == 4 && b.shape() == Shape{a.shape()[0], a.shape()[3]}, "multiply: found inputs ",
        a.shape(), " and ", b.shape(), ", expected equal shapes, or [N, H, W, C] and [N, C]");
  return record("multiply", {a, b}, multiply_channels(a.value(), b.value()),
                [a = a.value(), b = b.value()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return multiply_channels(dy, b); });
                  into.add(1, [&] { return channel_products(dy, a, b.shape()); });
                });
}

Var choose(const Array<std::uint8_t>& first, const Var& a, const Var& b) {
  check(a.shape() == b.shape() && a.shape() == first.shape(), "choose: found inputs ", a.shape(), " and ",
        b.shape(), " and a choice ", first.shape(), ", expected equal shapes");
  // Both are read, whichever is taken: a branch that chance decides costs more. Null stands for zeros.
  const auto chosen = [first](const Real* one, const Real* other) {
    Tensor y = Tensor::uninitialized(first.shape());
    parallel_chunks(y.size(), kElementGrain, [&](Range range) {
      for (long i = range.begin; i < range.end; i += lanes::kCount) {
        const long n = std::min(lanes::kCount, range.end - i);
        const lanes::Values from_one = one ? lanes::load(one + i, n) : lanes::Values{};
        const lanes::Values from_other = other ? lanes::load(other + i, n) : lanes::Values{};
        lanes::store(lanes::load(first.data() + i, n) != 0 ? from_one : from_other, y.data() + i, n);
      }
    });
    return y;
  };
  return record("choose", {a, b}, chosen(a.value().data(), b.value().data()),
                [chosen](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return chosen(dy.data(), nullptr); });
                  into.add(1, [&] { return chosen(nullptr, dy.data()); });
                });
}

Var scaled(const Var& x, Real factor) {
  return record("scaled", {x}, kernels::scaled(x.value(), factor),
                [factor](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return kernels::scaled(dy, factor); });
                });
}

Var scale_gradient(const Var& x, Real factor) {
  return record("scale_gradient", {x}, x.value(), [factor](const Tensor& dy, Gradients& into) {
    into.add(0, [&] { return kernels::scaled(dy, factor); });
  });
}

}  // namespace nibble
