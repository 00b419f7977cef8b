#include "datasets/images/dataset.h"

#include "core/check.h"

namespace nibble {

Split first_samples(const Split& split, long n) {
  check(0 < n && n <= split.size(), "dataset: found a request for the first ", n, " samples, expected 1 to ",
        split.size());
  return {split.images.rows(0, n), split.labels.rows(0, n)};
}

Shape Dataset::sample_shape() const {
  const Shape& images = train.images.shape();  // [N, H, W, C]
  return {images[1], images[2], images[3]};
}

std::vector<Real> pixel_table(const Dataset& data) {
  const std::size_t channels = data.mean.size();
  check(data.std.size() == channels && static_cast<long>(channels) == data.sample_shape().back(), "dataset ",
        data.name, ": found ", channels, " means and ", data.std.size(), " standard deviations, expected ",
        data.sample_shape().back(), " of each, one per channel");
  std::vector<Real> table(channels * 256);
  for (std::size_t c = 0; c < channels; ++c) {
    check(data.std[c] > 0, "dataset ", data.name, ": found standard deviation ", data.std[c], " of channel ",
          c, ", expected a positive number");
    for (std::size_t p = 0; p < 256; ++p) {
      table[256 * c + p] = static_cast<Real>((static_cast<double>(p) / 255 - data.mean[c]) / data.std[c]);
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
