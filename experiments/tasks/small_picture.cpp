#include "experiments/tasks/small_picture.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "datasets/images/batches.h"
#include "datasets/images/resample.h"
#include "datasets/pictures/contact_sheet.h"

namespace nibble {

double shrinking(const Shape& sample, long side) {
  return std::min(1.0, static_cast<double>(side) / static_cast<double>(std::max(sample[0], sample[1])));
}

Array<std::uint8_t> small_picture(const ImageSet& images, const Split& split, long number, long side) {
  const Shape& sample = images.sample_shape;
  const double smaller = shrinking(sample, side);
  const auto scaled = [&](long length) {
    return std::max(1L, std::lround(smaller * static_cast<double>(length)));
  };
  const long height = scaled(sample[0]), width = scaled(sample[1]), channels = sample[2];
  const Array<std::uint8_t> seen = bytes_of(images, batch_in_order(images, split, number, number + 1).x);
  std::vector<std::uint8_t> small(static_cast<std::size_t>(height * width * channels));
  resample(view_of(seen.data(), sample), height, width, {0, 0, height, width}, Interpolation::bilinear,
           small.data());
  Array<std::uint8_t> picture({height, width, 3});
  for (long i = 0; i < picture.size(); ++i)
    picture[i] = small[static_cast<std::size_t>(i / 3 * channels + std::min(i % 3, channels - 1))];
  return picture;
}

Array<std::uint8_t> stacked(const std::vector<Array<std::uint8_t>>& pictures) {
  if (pictures.empty()) return {};
  const Shape& one = pictures.front().shape();
  Array<std::uint8_t> all({std::ssize(pictures), one[0], one[1], one[2]});
  std::uint8_t* out = all.data();
  for (const Array<std::uint8_t>& picture : pictures) out = std::copy(picture.begin(), picture.end(), out);
  return all;
}

}  // namespace nibble
