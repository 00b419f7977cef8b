#include "datasets/images/image_set.h"

#include "core/check.h"

namespace nibble {

std::vector<Real> pixel_table(const ImageSet& images) {
  const std::size_t channels = images.mean.size();
  check(images.std.size() == channels && static_cast<long>(channels) == images.sample_shape.back(),
        "dataset ", images.name, ": found ", channels, " means and ", images.std.size(),
        " standard deviations, expected ", images.sample_shape.back(), " of each, one per channel");
  std::vector<Real> table(channels * 256);
  for (std::size_t c = 0; c < channels; ++c) {
    check(images.std[c] > 0, "dataset ", images.name, ": found standard deviation ", images.std[c],
          " of channel ", c, ", expected a positive number");
    for (std::size_t p = 0; p < 256; ++p) {
      table[256 * c + p] = static_cast<Real>((static_cast<double>(p) / 255 - images.mean[c]) / images.std[c]);
    }
  }
  return table;
}

void normalize(const std::uint8_t* pixels, long count, const std::vector<Real>& table, Real* x) {
  const long channels = static_cast<long>(table.size()) / 256;
  const Real* const values = table.data();
  for (long i = 0; i < count; i += channels) {
    for (long c = 0; c < channels; ++c) x[i + c] = values[256 * c + pixels[i + c]];
  }
}

}  // namespace nibble
