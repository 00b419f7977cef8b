#include "quant/methods/dorefa.h"

#include <cmath>

#include "autograd/ops/activation.h"
#include "core/kernels/pointwise/elementwise.h"
#include "quant/ops/fake_quantize.h"

namespace nibble {
namespace {

// max |tanh w|, or 1 if all weights are zero. Weights are few compared with activations, so plain loops are
// fast enough.
Real highest(const Tensor& tanh_w) {
  Real most = 0;
  for (const Real t : tanh_w) most = std::max(most, std::abs(t));
  return most > 0 ? most : 1;
}

// The levels of weights between −1 and 1: steps between the lowest and the highest, and the highest code.
// From one level to the next the code grows by 2, and by 1 at 8 bits.
struct Levels {
  int steps, top;

  int code_step() const { return 2 * top / steps; }
};

Levels levels_of(int bits) {
  const int steps = (1 << bits) - 1;
  return bits < 8 ? Levels{steps, steps} : Levels{254, 127};
}

// code_step · q − top with q = ⌊steps · r + ½⌋, r = t / (2 max|t|) + ½. A NaN stays a NaN.
Tensor weight_codes(const Tensor& tanh_w, int bits) {
  const Levels levels = levels_of(bits);
  const Real most = highest(tanh_w), steps = static_cast<Real>(levels.steps),
             code_step = static_cast<Real>(levels.code_step()), top = static_cast<Real>(levels.top);
  Tensor codes = Tensor::uninitialized(tanh_w.shape());
  for (long i = 0; i < codes.size(); ++i) {
    const Real r = tanh_w[i] / (2 * most) + Real(0.5);
    codes[i] = code_step * round_half_up(steps * r) - top;
  }
  return codes;
}

// A fixed grid as a LiveGrid.
LiveGrid constant(const AffineGrid& at) { return {at.grid, Var(Tensor({1}, {at.scale})), {}}; }

}  // namespace

Quantized DorefaWeight::operator()(const Var& w) const {
  const AffineGrid at = affine();
  const Var t = tanh(w);
  const Tensor y = kernels::scaled(weight_codes(t.value(), options_.bits), at.scale);
  const Real slope = 1 / highest(t.value());  // dŵ/dt = 2 · 1 / (2 max|t|)
  return {record("dorefa_weight", {t}, y,
                 [slope](const Tensor& dy, Gradients& into) {
                   into.add(0, [&] { return kernels::scaled(dy, slope); });
                 }),
          constant(at),
          {}};
}

AffineGrid DorefaWeight::affine() const {
  const int top = levels_of(options_.bits).top;
  return {{-top, top}, 1 / static_cast<Real>(top), 0};
}

IntegerWeight DorefaWeight::integer_weight(const Tensor& w) const {
  IntegerWeight result{{}, {affine().scale}};
  for (const Real code : weight_codes(tanh(Var(w)).value(), options_.bits)) {
    check(std::isfinite(code), "quantizer: found weights that are not finite, expected finite ones");
    result.codes.push_back(static_cast<int>(code));
  }
  return result;
}

LiveGrid DorefaActivation::live_grid() const { return constant(affine()); }

Quantized DorefaActivation::operator()(const Var& x) const { return fake_quantize(x, live_grid()); }

AffineGrid DorefaActivation::affine() const {
  const Grid grid = Grid::unsigned_bits(options_.bits);
  return {grid, 1 / static_cast<Real>(grid.hi), 0};
}

IntegerWeight DorefaActivation::integer_weight(const Tensor&) const {
  fail("quantizer: found a weight, expected activations; DoReFa's weights have a quantizer of their own");
}

}  // namespace nibble
