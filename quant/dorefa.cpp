#include "quant/dorefa.h"

#include <algorithm>
#include <cmath>

#include "quant/fake_quantize.h"

namespace nibble {
namespace {

// Weights are few next to activations, so plain loops do.
struct WeightLevels {
  Tensor tanh_w;
  Real highest;            // max |tanh w|
  std::vector<int> codes;  // odd, −steps ... steps
  int steps;               // 2^b − 1
};

WeightLevels levels(const Tensor& w, int bits) {
  WeightLevels result{Tensor::uninitialized(w.shape()), 0, {}, (1 << bits) - 1};
  for (long i = 0; i < w.size(); ++i) {
    result.tanh_w[i] = std::tanh(w[i]);
    result.highest = std::max(result.highest, std::abs(result.tanh_w[i]));
  }
  if (result.highest == 0) result.highest = 1;
  const Real steps = static_cast<Real>(result.steps);
  for (const Real t : result.tanh_w) {
    const Real r = t / (2 * result.highest) + Real(0.5);
    result.codes.push_back(2 * static_cast<int>(round_half_up(steps * r)) - result.steps);
  }
  return result;
}

}  // namespace

Quantized DorefaWeight::operator()(const Var& w) const {
  const WeightLevels at = levels(w.value(), options_.bits);
  const Real scale = affine().scale;
  Tensor y = Tensor::uninitialized(w.shape());
  for (long i = 0; i < y.size(); ++i) y[i] = scale * static_cast<Real>(at.codes[static_cast<std::size_t>(i)]);
  const Var value = record("dorefa_weight", {w}, y,
                           [t = at.tanh_w, highest = at.highest](const Tensor& dy, Gradients& into) {
                             into.add(0, [&] {  // dŵ/dw = (1 − tanh² w) / max|tanh w|
                               Tensor dw = Tensor::uninitialized(t.shape());
                               for (long i = 0; i < dw.size(); ++i)
                                 dw[i] = dy[i] * (1 - t[i] * t[i]) / highest;
                               return dw;
                             });
                           });
  return {value, {affine().grid, Var(Tensor({1}, {scale})), {}}};
}

AffineGrid DorefaWeight::affine() const {
  const int steps = (1 << options_.bits) - 1;
  return {{-steps, steps}, 1 / static_cast<Real>(steps), 0};
}

WeightCodes DorefaWeight::weight_codes(const Tensor& w) const {
  return {levels(w, options_.bits).codes, {affine().scale}};
}

Quantized DorefaActivation::operator()(const Var& x) const {
  const AffineGrid at = affine();
  const LiveGrid grid{at.grid, Var(Tensor({1}, {at.scale})), {}};
  return {fake_quantize(x, grid.scale, {}, at.grid), grid};
}

AffineGrid DorefaActivation::affine() const {
  const Grid grid = Grid::unsigned_bits(options_.bits);
  return {grid, 1 / static_cast<Real>(grid.hi), 0};
}

WeightCodes DorefaActivation::weight_codes(const Tensor&) const {
  fail("quantizer: DorefaActivation quantizes activations, not weights");
}

}  // namespace nibble
