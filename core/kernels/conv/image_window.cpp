#include "core/kernels/conv/image_window.h"

#include <algorithm>

namespace nibble::kernels {
namespace {

// Copies row `from` of an image, or a row of the border, in the form that the product reads.
void copy_row(const std::uint8_t* from, const IntegerConv2dProblem& p, int skip, long width,
              std::uint8_t* into) {
  const long channels = p.image[2], in_width = p.image[1];
  const auto border = static_cast<std::uint8_t>(p.border);
  if (!from) {
    std::fill(into, into + width * channels, border);
    return;
  }
  const long before = std::min<long>(p.geometry.padding.w, width);
  if (skip == 1) {
    const long inside = std::clamp(in_width, 0L, width - before);
    std::fill(into, into + before * channels, border);
    std::copy(from, from + inside * channels, into + before * channels);
    std::fill(into + (before + inside) * channels, into + width * channels, border);
    return;
  }
  for (long w = 0; w < width; ++w, into += channels) {
    const long at = w * skip - p.geometry.padding.w;
    if (at >= 0 && at < in_width) {
      std::copy(from + at * channels, from + (at + 1) * channels, into);
    } else {
      std::fill(into, into + channels, border);
    }
  }
}

}  // namespace

void copy_window(const std::uint8_t* image, const IntegerConv2dProblem& problem, const ImageWindow& window,
                 std::uint8_t* into) {
  const long row = problem.image[1] * problem.image[2];
  for (long r = 0; r < window.rows; ++r, into += window.width * problem.image[2]) {
    const long h = window.first_row + r * window.skip.h;
    const bool inside = h >= 0 && h < problem.image[0];
    copy_row(inside ? image + h * row : nullptr, problem, window.skip.w, window.width, into);
  }
}

}  // namespace nibble::kernels
