#include "quant/methods/learned_scale_shift.h"

#include <cmath>

#include "autograd/ops/elementwise.h"
#include "quant/methods/initialize.h"
#include "quant/ops/fake_quantize.h"

namespace nibble {

LearnedScaleShift::LearnedScaleShift(const QuantizerOptions& options, long channels)
    : options_(options),
      grid_(options.is_signed ? Grid::signed_bits(options.bits) : Grid::unsigned_bits(options.bits)),
      scale_("scale", channels),
      initialized_(Tensor({1})) {
  if (options.learn_shift && !options.weight && options.method != QuantMethod::lsq)
    shift_ = Var(Tensor({1}), true);
}

void LearnedScaleShift::initialize(const Tensor& sample) {
  const long channels = scale_.count(), row = sample.size() / channels;
  check(row * channels == sample.size(), "quantizer: found a sample ", sample.shape(), ", expected one for ",
        channels, " scales");
  Tensor scales({channels});
  for (long c = 0; c < channels; ++c) {
    const ScaleShift first = initial_grid(sample.data() + c * row, row, grid_, !shift_.empty(), options_);
    scales[c] = static_cast<Real>(first.scale);
    if (!shift_.empty()) shift_.mutable_value()[0] = static_cast<Real>(first.shift);
  }
  scale_.set(scales);
  initialized_.mutable_value()[0] = 1;
}

bool LearnedScaleShift::initialized() const { return initialized_.value()[0] != 0; }

double LearnedScaleShift::gradient_factor(const Shape& x) const {
  if (options_.gradient_scale == GradientScale::none) return 1;
  double served = static_cast<double>(x.count()) / static_cast<double>(scale_.count());
  if (options_.gradient_scale == GradientScale::features && !options_.weight)
    served /= static_cast<double>(x[0]);
  return 1 / std::sqrt(served * grid_.hi);
}

LiveGrid LearnedScaleShift::live_grid(const Shape& x) const {
  check(initialized(), "quantizer: found no scale, expected one from data or a checkpoint before its use");
  const double g = gradient_factor(x);
  return {grid_, scale_(g), shift_.empty() ? Var() : scale_gradient(shift_, static_cast<Real>(g))};
}

Quantized LearnedScaleShift::operator()(const Var& x) const { return fake_quantize(x, live_grid(x.shape())); }

AffineGrid LearnedScaleShift::affine() const {
  return {grid_, scale_.value(0), shift_.empty() ? Real(0) : shift_.value()[0]};
}

IntegerWeight LearnedScaleShift::integer_weight(const Tensor& w) const {
  check(shift_.empty(), "quantizer: found a shift, expected none where weights become integers");
  const long channels = scale_.count(), row = w.size() / channels;
  IntegerWeight result;
  for (long c = 0; c < channels; ++c) {
    const AffineGrid grid{grid_, scale_.value(c), 0};
    result.scale.push_back(grid.scale);
    for (long i = c * row; i < (c + 1) * row; ++i) {
      check(std::isfinite(w[i]), "quantizer: found weight ", w[i], " at ", i, ", expected finite weights");
      result.codes.push_back(grid.code(w[i]));
    }
  }
  return result;
}

void LearnedScaleShift::parameters(const ParameterFn& visit) {
  scale_.parameters(visit);
  if (!shift_.empty()) visit("shift", ParameterKind::quantizer, shift_);
  visit("initialized", ParameterKind::statistic, initialized_);
}

}  // namespace nibble
