#include "quant/positive.h"

#include <algorithm>
#include <cmath>

namespace nibble {

Real positive(Real log) { return std::exp(std::clamp(log, -kFarthest, kFarthest)); }

Var positive(const Var& log, double factor) {
  Tensor s = Tensor::uninitialized(log.shape());
  for (long i = 0; i < s.size(); ++i) s[i] = positive(log.value()[i]);
  return record("positive", {log}, s, [s, factor](const Tensor& ds, Gradients& into) {
    into.add(0, [&] {
      Tensor d = Tensor::uninitialized(s.shape());
      for (long i = 0; i < s.size(); ++i) d[i] = static_cast<Real>(factor) * ds[i] / s[i];
      return d;
    });
  });
}

}  // namespace nibble
