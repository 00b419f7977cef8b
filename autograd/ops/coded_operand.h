#pragma once

#include <vector>

#include "autograd/var.h"
#include "core/kernels/conv/conv2d_codes.h"
#include "core/kernels/matrix/matmul_codes.h"

namespace nibble {

// Operands whose values lie on a grid: on the tape as `value`, in products as `codes`. Their namesakes in
// kernels:: are the codes alone.

struct CodedImage {
  Var value;
  kernels::CodedImage codes;
  // Of data that a learned grid rounds: the grid's numbers, [1] each, and the values' derivatives by them.
  // Then gradients go to these, and none to `value`.
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
