#include "layers/weighted_sum.h"

#include "autograd/ops/linear.h"
#include "layers/coded_weight.h"

namespace nibble {

Var weighted_sum(const Signal& x, const Quantized& w, const Var& bias, const Pass& pass) {
  if (!multiplies_codes(x, w, pass)) return linear(x.value, w.value, bias);
  const AffineGrid grid = x.grid->affine();
  return linear_codes({x.value, {x.codes()->codes, grid.scale, grid.value(grid.grid.lo)}},
                      {w.value, coded_weight(w)}, bias, pass.gradients);
}

}  // namespace nibble
