#pragma once

#include <cstdint>

#include "core/kernels/integer/integer_product.h"

namespace nibble::kernels {

/// The rows and columns of a padded image that a product without a border reads. Rows are counted from the
/// image's first one, so a row in front of the image is negative.
struct ImageWindow {
  long first_row = 0, rows = 0, width = 0;  // the first column is −padding.w
  Size2 skip{1, 1};                         // only every skip-th pixel is read
};

/// Copies the window of one image. Outside of the image it holds the border's code. into: [rows, width, C].
void copy_window(const std::uint8_t* image, const IntegerConv2dProblem& problem, const ImageWindow& window,
                 std::uint8_t* into);

}  // namespace nibble::kernels
