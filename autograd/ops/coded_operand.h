#pragma once

#include <vector>

#include "autograd/var.h"
#include "core/kernels/conv/conv2d_codes.h"
#include "core/kernels/matrix/matmul_codes.h"

namespace nibble {

// Operands whose values lie on a grid: `value` on the tape, `codes` in products. The types of the same names
// in kernels:: hold only the codes.

struct CodedImage {
  Var value;
  kernels::CodedImage codes;
  // For data rounded to a learned grid: the learned numbers of the grid, [1] each, and the derivatives of the
  // values with respect to them. Gradients then go to these numbers, and none goes to `value`.
  std::vector<Var> numbers = {};
  kernels::ImageSlopes slopes = {};
};

struct CodedRows {
  Var value;
  kernels::CodedRows codes;
};

struct CodedWeight {
  Var value;
  kernels::CodedWeight codes;
};

}  // namespace nibble
