#include "quant/learned_scale_shift.h"

#include <cmath>

#include "autograd/ops/elementwise.h"
#include "quant/fake_quantize.h"
#include "quant/initialize.h"

namespace nibble {
namespace {

// s = exp(θ) with dθ = g · ds / s; see the class.
Var positive_scale(const Var& log_scale, double g) {
  Tensor s = Tensor::uninitialized(log_scale.shape());
  for (long i = 0; i < s.size(); ++i) s[i] = std::exp(log_scale.value()[i]);
  return record("positive_scale", {log_scale}, s, [s, g](const Tensor& ds, Gradients& into) {
    into.add(0, [&] {
      Tensor d = Tensor::uninitialized(s.shape());
      for (long i = 0; i < s.size(); ++i) d[i] = static_cast<Real>(g) * ds[i] / s[i];
      return d;
    });
  });
}

}  // namespace

LearnedScaleShift::LearnedScaleShift(const QuantizerOptions& options, long channels)
    : options_(options),
      grid_(options.is_signed ? Grid::signed_bits(options.bits) : Grid::unsigned_bits(options.bits)),
      log_scale_(Tensor({channels}), true),
      initialized_(Tensor({1})) {
  if (options.learn_shift && !options.weight) shift_ = Var(Tensor({1}), true);
}

void LearnedScaleShift::initialize(const Tensor& sample) {
  const long channels = log_scale_.value().size(), row = sample.size() / channels;
  for (long c = 0; c < channels; ++c) {
    const ScaleShift first = initial_grid(sample.data() + c * row, row, grid_, !shift_.empty(), options_);
    log_scale_.mutable_value()[c] = static_cast<Real>(std::log(first.scale));
    if (!shift_.empty()) shift_.mutable_value()[0] = static_cast<Real>(first.shift);
  }
  initialized_.mutable_value()[0] = 1;
}

bool LearnedScaleShift::initialized() const { return initialized_.value()[0] != 0; }

double LearnedScaleShift::gradient_factor(const Shape& x) const {
  if (options_.gradient_scale == GradientScale::none) return 1;
  double served = static_cast<double>(x.count()) / static_cast<double>(log_scale_.value().size());
  if (options_.gradient_scale == GradientScale::features && !options_.weight)
    served /= static_cast<double>(x[0]);
  return 1 / std::sqrt(served * grid_.hi);
}

Quantized LearnedScaleShift::operator()(const Var& x) const {
  check(initialized(), "quantizer: used before it was initialized from data or a checkpoint");
  const double g = gradient_factor(x.shape());
  const LiveGrid grid{grid_, positive_scale(log_scale_, g),
                      shift_.empty() ? Var() : scale_gradient(shift_, static_cast<Real>(g))};
  return {fake_quantize(x, grid.scale, grid.shift, grid_), grid};
}

AffineGrid LearnedScaleShift::affine() const {
  return {grid_, std::exp(log_scale_.value()[0]), shift_.empty() ? Real(0) : shift_.value()[0]};
}

WeightCodes LearnedScaleShift::weight_codes(const Tensor& w) const {
  const long channels = log_scale_.value().size(), row = w.size() / channels;
  WeightCodes result;
  for (long c = 0; c < channels; ++c) {
    const AffineGrid grid{grid_, std::exp(log_scale_.value()[c]), 0};
    result.scale.push_back(grid.scale);
    for (long i = 0; i < row; ++i) result.codes.push_back(grid.code(w[c * row + i]));
  }
  return result;
}

void LearnedScaleShift::parameters(const ParameterFn& visit) {
  visit("log_scale", ParameterKind::quantizer, log_scale_);
  if (!shift_.empty()) visit("shift", ParameterKind::quantizer, shift_);
  visit("initialized", ParameterKind::statistic, initialized_);
}

}  // namespace nibble
