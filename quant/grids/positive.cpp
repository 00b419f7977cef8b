#include "quant/grids/positive.h"

#include <algorithm>
#include <cmath>

namespace nibble {
namespace {

// Limits far outside of useful scales: a grid that has shrunk to e^−10 = 1 / 22,000 of its first size clamps
// all values. Values and their reciprocals stay finite whatever the optimizer does, and so do the device's
// multipliers. A NaN stays a NaN, so that training can report it.
constexpr Real kLowest = -10, kHighest = Real(1e13);

Real grown(Real rho) {
  rho = std::clamp(rho, kLowest, kHighest);
  return rho < 0 ? std::exp(rho) : 1 + rho;
}

Tensor ones(long count) {
  Tensor values({count});
  values.fill(1);
  return values;
}

}  // namespace

Positive::Positive(const std::string& name, long count)
    : name_(name), relative_(Tensor({count}), true), first_(ones(count)) {}

void Positive::set(const Tensor& values) {
  first_.mutable_value() = values.clone();
  relative_.mutable_value().fill(0);
}

Real Positive::value(long i) const { return first_.value()[i] * grown(relative_.value()[i]); }

Var Positive::operator()(double factor) const {
  Tensor s = Tensor::uninitialized(relative_.shape()), to_rho = Tensor::uninitialized(relative_.shape());
  for (long i = 0; i < s.size(); ++i) {
    s[i] = value(i);
    to_rho[i] = static_cast<Real>(factor) / first_.value()[i];
  }
  return record("positive", {relative_}, s, [to_rho](const Tensor& ds, Gradients& into) {
    into.add(0, [&] {
      Tensor d = Tensor::uninitialized(ds.shape());
      for (long i = 0; i < d.size(); ++i) d[i] = to_rho[i] * ds[i];
      return d;
    });
  });
}

void Positive::parameters(const ParameterFn& visit) {
  visit("relative_" + name_, ParameterKind::quantizer, relative_);
  visit("first_" + name_, ParameterKind::statistic, first_);
}

}  // namespace nibble
