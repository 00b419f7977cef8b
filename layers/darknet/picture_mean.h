#pragma once

#include <functional>

#include "autograd/var.h"

namespace nibble::darknet {

// What losses of heads share.

double logistic(double t);
/// log(1 + eᵗ), without an overflow.
double softplus(double t);

/// The loss of one picture of a head, row n of its values. Writes the gradient of all of the row, unless it
/// is null.
using PictureTerm = std::function<double(long n, Real* gradient)>;

/// The mean over the pictures of a batch, in their order. Pictures are computed side by side, with their
/// gradients where `head` wants one.   head: [N, ...]   result: [1]
Var picture_mean(const char* op, const Var& head, const PictureTerm& term);

}  // namespace nibble::darknet
