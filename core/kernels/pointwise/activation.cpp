#include "core/kernels/pointwise/activation.h"

#include <Eigen/Core>
#include <algorithm>
#include <cassert>

#include "core/simd/lanes_math.h"

namespace nibble {

const char* name(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::relu:
      return "relu";
    case ActivationKind::relu6:
      return "relu6";
    case ActivationKind::leaky_relu:
      return "leaky_relu";
    case ActivationKind::sigmoid:
      return "sigmoid";
    case ActivationKind::tanh:
      return "tanh";
    case ActivationKind::swish:
      return "swish";
    case ActivationKind::hard_swish:
      return "hard_swish";
    case ActivationKind::mish:
      return "mish";
  }
  return "";
}

}  // namespace nibble

namespace nibble::kernels {
namespace {

// Blocks are processed as Eigen arrays, because Eigen's tanh is vectorized and the standard library's is not.
// The temporaries of a block are on the stack.
constexpr long kBlock = 512;
using Values = Eigen::Array<Real, Eigen::Dynamic, 1, Eigen::ColMajor, kBlock, 1>;
using Chunk = Eigen::Map<const Values>;
using MutableChunk = Eigen::Map<Values>;

// Calls some(i, n) for every group of sixteen numbers of the block.
template <typename Some>
void for_each_lanes(long count, const Some& some) {
  long i = 0;
  for (; i + lanes::kCount <= count; i += lanes::kCount) some(i, lanes::kCount);
  if (i < count) some(i, count - i);
}

Values logistic(const Chunk& x) {
  Values s(x.size());
  for_each_lanes(x.size(), [&](long i, long n) {
    lanes::store(lanes::logistic(lanes::load(x.data() + i, n)), s.data() + i, n);
  });
  return s;
}

// tanh(ln(1 + eˣ)) = (e² + 2e) / (e² + 2e + 2) with e = eˣ. From x = 20 on it is 1 in float; x is limited
// there, so that e² stays finite.
Values tanh_softplus(const Chunk& x) {
  const Values e = x.min(Real(20)).exp();
  const Values n = e * (e + 2);
  return n / (n + 2);
}

void activate_block(ActivationKind kind, Real slope, const Chunk& v, MutableChunk y) {
  switch (kind) {
    case ActivationKind::relu:
      y = v.max(Real(0));
      break;
    case ActivationKind::relu6:
      y = v.max(Real(0)).min(Real(6));
      break;
    case ActivationKind::leaky_relu:
      y = (v > Real(0)).select(v, v * slope);
      break;
    case ActivationKind::sigmoid:
      y = logistic(v);
      break;
    case ActivationKind::tanh:
      y = v.tanh();
      break;
    case ActivationKind::swish:
      y = v * logistic(v);
      break;
    case ActivationKind::hard_swish:
      y = v * (v + 3).max(Real(0)).min(Real(6)) / 6;
      break;
    case ActivationKind::mish:
      y = v * tanh_softplus(v);
      break;
  }
}

// v: the input or the output of the function, as gradient_reads_output says
void gradient_block(ActivationKind kind, Real slope, const Chunk& v, const Chunk& dy, MutableChunk dx) {
  switch (kind) {
    case ActivationKind::relu:
      dx = (v > Real(0)).select(dy, Real(0));
      break;
    case ActivationKind::relu6:
      dx = (v > Real(0) && v < Real(6)).select(dy, Real(0));
      break;
    case ActivationKind::leaky_relu:  // the output has the input's sign
      dx = (v > Real(0)).select(dy, dy * slope);
      break;
    case ActivationKind::sigmoid:
      dx = dy * v * (1 - v);
      break;
    case ActivationKind::tanh:
      dx = dy * (1 - v * v);
      break;
    case ActivationKind::swish: {
      const Values s = logistic(v);
      dx = dy * s * (1 + v * (1 - s));
      break;
    }
    case ActivationKind::hard_swish:
      dx = (v <= Real(-3)).select(Real(0), (v >= Real(3)).select(dy, dy * (2 * v + 3) / 6));
      break;
    // T + x · σ(x) · (1 − T²) with T = tanh(softplus x); σ is the derivative of softplus
    case ActivationKind::mish: {
      const Values t = tanh_softplus(v);
      dx = dy * (t + v * logistic(v) * (1 - t * t));
      break;
    }
  }
}

}  // namespace

bool shares_exponential(ActivationKind kind) {
  return kind == ActivationKind::swish || kind == ActivationKind::mish;
}

void activate_and_derive(ActivationKind kind, const Real* x, Real* y, Real* d, long n) {
  assert(shares_exponential(kind));
  for (long begin = 0; begin < n; begin += kBlock) {
    const long count = std::min(kBlock, n - begin);
    const Chunk v(x + begin, count);
    MutableChunk value(y + begin, count), derivative(d + begin, count);
    if (kind == ActivationKind::swish) {
      for_each_lanes(count, [&](long i, long some) {
        const lanes::Values in = lanes::load(v.data() + i, some), s = lanes::logistic(in), out = in * s;
        lanes::store(out, value.data() + i, some);
        lanes::store(s + out * (1 - s), derivative.data() + i, some);
      });
    } else {
      const Values e = v.min(Real(20)).exp(), product = e * (e + 2);
      const Values t = product / (product + 2);
      value = v * t;
      derivative = t + v * (e / (1 + e)) * (1 - t * t);
    }
  }
}

void activate(ActivationKind kind, Real slope, const Real* x, Real* y, long n) {
  for (long begin = 0; begin < n; begin += kBlock) {
    const long count = std::min(kBlock, n - begin);
    activate_block(kind, slope, Chunk(x + begin, count), MutableChunk(y + begin, count));
  }
}

void activate_gradient(ActivationKind kind, Real slope, const Real* saved, const Real* dy, Real* dx, long n) {
  for (long begin = 0; begin < n; begin += kBlock) {
    const long count = std::min(kBlock, n - begin);
    gradient_block(kind, slope, Chunk(saved + begin, count), Chunk(dy + begin, count),
                   MutableChunk(dx + begin, count));
  }
}

bool gradient_reads_output(ActivationKind kind) {
  switch (kind) {
    case ActivationKind::relu:
    case ActivationKind::relu6:
    case ActivationKind::leaky_relu:
    case ActivationKind::sigmoid:
    case ActivationKind::tanh:
      return true;
    case ActivationKind::swish:
    case ActivationKind::hard_swish:
    case ActivationKind::mish:
      return false;
  }
  return false;
}

}  // namespace nibble::kernels
