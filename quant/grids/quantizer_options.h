#pragma once

namespace nibble {

enum class QuantMethod {
  none,
  learned_scale_shift,  // this project's: scale and shift learned with the task, MSE initialization
  lsq,                  // arXiv 1902.08153: scale learned, no shift
  lsq_plus,             // arXiv 2004.09576: scale and shift learned
  pact,                 // arXiv 1805.06085: clipping level learned, weights as in DoReFa
  dorefa,               // arXiv 1606.06160: nothing learned
};

/// First scale and shift of a quantizer, from data.
enum class Initialization {
  own,  // the method's own: mse for learned_scale_shift, else as published
  min_max,
  percentile,
  mse,       // alternating least squares (docs/quantizer-math.md)
  lsq,       // s = 2·mean|x| / √hi, as published with LSQ
  lsq_plus,  // weights: s = max|μ ± 3σ| / 2^(b−1); activations as mse
};

/// Factor on the gradients of scale and shift.
enum class GradientScale {
  none,      // 1
  elements,  // 1/√(N·hi), N = all elements that the scale serves, batch included (as most public codes)
  features,  // 1/√(N·hi), N without the batch (as the LSQ paper's text)
};

struct QuantizerOptions {
  QuantMethod method = QuantMethod::learned_scale_shift;
  int bits = 4;             // 2 ... 8
  bool is_signed = false;   // [−2^(b−1), 2^(b−1)−1] or [0, 2^b − 1]
  bool learn_shift = true;  // activations only
  bool weight = false;      // a weight's quantizer: symmetric, no shift
  Initialization initialization = Initialization::own;
  double percentile = 99.9;  // of |x| (signed, weights) or of both tails, for Initialization::percentile
  GradientScale gradient_scale = GradientScale::elements;
};

}  // namespace nibble
