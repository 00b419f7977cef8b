#pragma once

#include <cstdint>

#include "core/kernels/integer/integer_product.h"

namespace nibble::kernels {

/// The rows and columns of a padded image that a product without a border reads. Counted through the image:
/// the first ones may lie outside, in front.
struct ImageWindow {
  long first_row = 0, rows = 0, width = 0;  // the first column is −padding.w
  Size2 skip{1, 1};                         // only every skip-th pixel is read
};

/// Copies one image's window, the border's code where it leaves the image. into: [rows, width, C].
void copy_window(const std::uint8_t* image, const IntegerConv2dProblem& problem, const ImageWindow& window,
                 std::uint8_t* into);

}  // namespace nibble::kernels
