#include "autograd/ops/activation.h"

#include <Eigen/Core>
#include <algorithm>

#include "core/parallel.h"

namespace nibble {
namespace {

// Whole chunks as Eigen arrays: its exp and tanh are vectorized, the standard library's are not.
using Chunk = Eigen::Map<const Eigen::Array<Real, Eigen::Dynamic, 1>>;
using MutableChunk = Eigen::Map<Eigen::Array<Real, Eigen::Dynamic, 1>>;
using Values = Eigen::Array<Real, Eigen::Dynamic, 1>;

constexpr long kBlock = 1024;  // temporaries of one block stay in L1

// y = f(x) block by block.
template <typename Forward>
Tensor map(const Tensor& x, const Forward& forward) {
  Tensor y = Tensor::uninitialized(x.shape());
  parallel_chunks(x.size(), kElementGrain, [&](Range range) {
    for (long begin = range.begin; begin < range.end; begin += kBlock) {
      const long n = std::min(kBlock, range.end - begin);
      MutableChunk(y.data() + begin, n) = forward(Chunk(x.data() + begin, n));
    }
  });
  return y;
}

// dx = g(saved, dy) block by block, where saved is the op's input or its output.
template <typename BackwardChunk>
Tensor map_gradient(const Tensor& saved, const Tensor& dy, const BackwardChunk& backward_chunk) {
  Tensor dx = Tensor::uninitialized(saved.shape());
  parallel_chunks(saved.size(), kElementGrain, [&](Range range) {
    for (long begin = range.begin; begin < range.end; begin += kBlock) {
      const long n = std::min(kBlock, range.end - begin);
      MutableChunk(dx.data() + begin, n) =
          backward_chunk(Chunk(saved.data() + begin, n), Chunk(dy.data() + begin, n));
    }
  });
  return dx;
}

// An op whose derivative follows from its input, or, with the second function, from its output.
template <typename Forward, typename BackwardChunk>
Var from_input(const char* op, const Var& x, const Forward& forward, const BackwardChunk& backward_chunk) {
  return record(op, {x}, map(x.value(), forward),
                [x = x.value(), backward_chunk](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return map_gradient(x, dy, backward_chunk); });
                });
}

template <typename Forward, typename BackwardChunk>
Var from_output(const char* op, const Var& x, const Forward& forward, const BackwardChunk& backward_chunk) {
  const Tensor y = map(x.value(), forward);
  return record(op, {x}, y, [y, backward_chunk](const Tensor& dy, Gradients& into) {
    into.add(0, [&] { return map_gradient(y, dy, backward_chunk); });
  });
}

Values logistic(const Chunk& x) { return 1 / (1 + (-x).exp()); }

// tanh(ln(1 + eˣ)) = (e² + 2e) / (e² + 2e + 2) with e = eˣ. From x = 20 on it is 1 in float, and e² is kept
// finite.
Values tanh_softplus(const Chunk& x) {
  const Values e = x.min(Real(20)).exp();
  const Values n = e * (e + 2);
  return n / (n + 2);
}

}  // namespace

Var relu(const Var& x) {
  return from_output(
      "relu", x, [](const Chunk& v) { return v.max(Real(0)); },
      [](const Chunk& y, const Chunk& dy) { return (y > Real(0)).select(dy, Real(0)); });
}

Var relu6(const Var& x) {
  return from_output(
      "relu6", x, [](const Chunk& v) { return v.max(Real(0)).min(Real(6)); },
      [](const Chunk& y, const Chunk& dy) { return (y > Real(0) && y < Real(6)).select(dy, Real(0)); });
}

Var leaky_relu(const Var& x, Real slope) {
  check(slope >= 0, "leaky_relu: found slope ", slope, ", expected at least 0");
  return from_output(  // whose sign is that of the input
      "leaky_relu", x, [slope](const Chunk& v) { return (v > Real(0)).select(v, v * slope); },
      [slope](const Chunk& y, const Chunk& dy) { return (y > Real(0)).select(dy, dy * slope); });
}

Var sigmoid(const Var& x) {
  return from_output(
      "sigmoid", x, [](const Chunk& v) { return logistic(v); },
      [](const Chunk& y, const Chunk& dy) { return dy * y * (1 - y); });
}

Var tanh(const Var& x) {
  return from_output(
      "tanh", x, [](const Chunk& v) { return v.tanh(); },
      [](const Chunk& y, const Chunk& dy) { return dy * (1 - y * y); });
}

Var swish(const Var& x) {
  return from_input(
      "swish", x, [](const Chunk& v) -> Values { return v * logistic(v); },
      [](const Chunk& v, const Chunk& dy) -> Values {
        const Values s = logistic(v);
        return dy * s * (1 + v * (1 - s));
      });
}

Var hard_swish(const Var& x) {
  return from_input(
      "hard_swish", x, [](const Chunk& v) { return v * (v + 3).max(Real(0)).min(Real(6)) / 6; },
      [](const Chunk& v, const Chunk& dy) {
        return (v <= Real(-3)).select(Real(0), (v >= Real(3)).select(dy, dy * (2 * v + 3) / 6));
      });
}

// With T = tanh(softplus x) and σ the derivative of softplus:  mish' = T + x · σ(x) · (1 − T²)
Var mish(const Var& x) {
  return from_input(
      "mish", x, [](const Chunk& v) -> Values { return v * tanh_softplus(v); },
      [](const Chunk& v, const Chunk& dy) -> Values {
        const Values t = tanh_softplus(v);
        return dy * (t + v * logistic(v) * (1 - t * t));
      });
}

}  // namespace nibble
