#include "datasets/images/stretch.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "core/check.h"
#include "datasets/images/view.h"

namespace nibble::stretch_test {
namespace {

std::vector<std::uint8_t> stretched(const std::vector<std::uint8_t>& pixels, const Shape& image, long height,
                                    long width) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(height * width * image[2]));
  stretch(view_of(pixels.data(), image), height, width, out.data());
  return out;
}

std::vector<std::uint8_t> some_pixels(long count) {
  std::vector<std::uint8_t> pixels;
  for (long i = 0; i < count; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 37 % 251));
  return pixels;
}

}  // namespace

TEST_CASE("stretching_takes_the_four_nearest_pixels") {
  // Between two columns: places −0.25, 0.25, 0.75, 1.25; beyond the border stands the border.
  CHECK(stretched({0, 100}, {1, 2, 1}, 1, 4) == std::vector<std::uint8_t>{0, 25, 75, 100});
  CHECK(stretched({0, 100}, {2, 1, 1}, 4, 1) == std::vector<std::uint8_t>{0, 25, 75, 100});
  CHECK(stretched({7, 8, 9}, {1, 1, 3}, 2, 2) ==
        std::vector<std::uint8_t>{7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9});
  // Where it shrinks there is no filter: of eight columns two are looked at for each.
  CHECK(stretched({0, 0, 10, 20, 0, 0, 30, 50, 90, 0, 10, 30}, {1, 12, 1}, 1, 3) ==
        std::vector<std::uint8_t>{5, 15, 5});
}

TEST_CASE("half_the_size_is_the_mean_of_four") {
  CHECK(stretched({1, 2, 3, 4, 9, 9, 0, 0}, {2, 4, 1}, 1, 2) == std::vector<std::uint8_t>{5, 2});
}

TEST_CASE("stretching_is_within_one_of_the_exact_mean") {
  const Shape image{13, 17, 3};
  const std::vector<std::uint8_t> pixels = some_pixels(image.count());
  for (const auto& [height, width] : {std::pair{32L, 32L}, {7L, 30L}, {5L, 5L}, {13L, 17L}}) {
    const std::vector<std::uint8_t> found = stretched(pixels, image, height, width);
    double worst = 0;
    for (long y = 0; y < height; ++y) {
      for (long x = 0; x < width; ++x) {
        const auto place = [](long at, long to, long from) {
          return std::clamp(
              (static_cast<double>(at) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5,
              0.0, static_cast<double>(from - 1));
        };
        const double v = place(y, height, image[0]), h = place(x, width, image[1]);
        const long top = static_cast<long>(v), left = static_cast<long>(h);
        const long bottom = std::min(top + 1, image[0] - 1), right = std::min(left + 1, image[1] - 1);
        const double down = v - static_cast<double>(top), across = h - static_cast<double>(left);
        for (long c = 0; c < 3; ++c) {
          const auto at = [&](long i, long j) {
            return static_cast<double>(pixels[static_cast<std::size_t>((i * image[1] + j) * 3 + c)]);
          };
          const double exact = (1 - down) * ((1 - across) * at(top, left) + across * at(top, right)) +
                               down * ((1 - across) * at(bottom, left) + across * at(bottom, right));
          worst = std::max(worst, std::abs(exact - found[static_cast<std::size_t>((y * width + x) * 3 + c)]));
        }
      }
    }
    INFO(height << " x " << width);
    CHECK(worst <= 1);
  }
}

TEST_CASE("a_stretched_window_shows_the_whole_picture_and_its_boxes") {
  const Shape image{4, 8, 1}, window{8, 8, 1};
  const std::vector<std::uint8_t> pixels = some_pixels(image.count());
  std::vector<std::uint8_t> out(static_cast<std::size_t>(window.count()));
  const Fitting fitting{.filling = Filling::stretch};
  fit(pixels.data(), image, fitting, {}, window, out.data());
  CHECK(out == stretched(pixels, image, 8, 8));
  const std::vector<Box> boxes = fit({{3, 1, 1, 2, 2, false}}, image, fitting, {}, window);
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0] == Box{3, 1, 2, 2, 4, false});
}

}  // namespace nibble::stretch_test
