#include "quant/grids/live_grid.h"

namespace nibble {

AffineGrid LiveGrid::affine() const {
  return {grid, scale.value()[0], shift.empty() ? Real(0) : shift.value()[0]};
}

int LiveGrid::border_code(Border border) const {
  return border == Border::lowest_code ? grid.lo : affine().zero_code();
}

Var LiveGrid::border_value(Border border) const {
  const int code = border_code(border);
  const Real q = static_cast<Real>(code);
  const Tensor value({1}, {affine().value(code)});
  std::vector<Var> inputs{scale};
  if (!shift.empty()) inputs.push_back(shift);
  return record("border_value", inputs, value,
                [q, shifted = !shift.empty()](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] { return Tensor({1}, {q * dy[0]}); });
                  if (shifted) into.add(1, [&] { return dy.clone(); });
                });
}

}  // namespace nibble
