#include "datasets/images/jittered_crop.h"

#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

#include "datasets/images/view.h"

namespace nibble::jittered_crop_test {
namespace {

// Brightness of a grey pixel.
std::uint8_t at(const std::vector<std::uint8_t>& image, long width, long y, long x) {
  return image[static_cast<std::size_t>(y * width + x)];
}

}  // namespace

TEST_CASE("the_sides_of_a_jittered_crop_move_as_far_as_was_asked_for") {
  const Shape image{100, 200, 3};
  long beyond = 0, highest = 0;
  for (int i = 0; i < 1000; ++i) {
    const Rectangle part = draw_jittered_crop(image, {0.3}, Rng(5).stream(static_cast<std::uint64_t>(i)));
    const long right = 200 - part.left - part.width, bottom = 100 - part.top - part.height;
    for (const long moved : {part.top, bottom}) REQUIRE(std::abs(moved) <= 30);
    for (const long moved : {part.left, right}) REQUIRE(std::abs(moved) <= 60);
    beyond += part.top < 0;
    highest = std::max(highest, part.height);
  }
  CHECK(beyond > 400);
  CHECK(beyond < 600);
  CHECK(highest > 140);
  CHECK(draw_jittered_crop(image, {0}, Rng(1)) == Rectangle{0, 0, 100, 200});
  CHECK(draw_jittered_crop(image, {0.3}, Rng(1)) == draw_jittered_crop(image, {0.3}, Rng(1)));
}

TEST_CASE("a_part_inside_is_stretched_and_one_beyond_gets_the_mean_colour") {
  // 4 x 4: the upper half 40, the lower 80.
  std::vector<std::uint8_t> image(16, 40);
  std::fill(image.begin() + 8, image.end(), std::uint8_t{80});
  std::vector<std::uint8_t> out(16);
  stretch_part(image.data(), {4, 4, 1}, {0, 0, 2, 2}, false, {4, 4, 1}, out.data());
  CHECK(out == std::vector<std::uint8_t>(16, 40));
  // One pixel further out at all sides: 6 x 6, of which the middle is the image.
  std::vector<std::uint8_t> wide(36);
  stretch_part(image.data(), {4, 4, 1}, {-1, -1, 6, 6}, false, {6, 6, 1}, wide.data());
  CHECK(at(wide, 6, 0, 3) == 60);
  CHECK(at(wide, 6, 5, 0) == 60);
  CHECK(at(wide, 6, 1, 1) == 40);
  CHECK(at(wide, 6, 4, 4) == 80);
  // Nothing inside.
  stretch_part(image.data(), {4, 4, 1}, {9, 9, 4, 4}, false, {4, 4, 1}, out.data());
  CHECK(out == std::vector<std::uint8_t>(16, 128));
}

TEST_CASE("boxes_follow_a_jittered_crop_and_its_mirror") {
  // A black image of 30 x 40 with a white rectangle: wherever the crop lies, the box holds what is white.
  const Shape shape{30, 40, 1}, window{60, 60, 1};
  std::vector<std::uint8_t> image(1200, 0);
  for (long y = 10; y < 20; ++y) {
    for (long x = 12; x < 24; ++x) image[static_cast<std::size_t>(y * 40 + x)] = 255;
  }
  const std::vector<Box> boxes{{.label = 3, .x = 12, .y = 10, .w = 12, .h = 10}};
  for (std::uint64_t i = 0; i < 50; ++i) {
    const bool mirrored = i % 2 == 1;
    const Rectangle part = draw_jittered_crop(shape, {0.2}, Rng(7).stream(i));
    std::vector<std::uint8_t> out(3600);
    stretch_part(image.data(), shape, part, mirrored, window, out.data());
    const std::vector<Box> there = fit(boxes, part, mirrored, window);
    REQUIRE(there.size() == 1);
    CHECK(there[0].label == 3);
    long left = 60, right = -1, top = 60, bottom = -1;
    for (long y = 0; y < 60; ++y) {
      for (long x = 0; x < 60; ++x) {
        if (at(out, 60, y, x) < 128) continue;
        left = std::min(left, x), right = std::max(right, x), top = std::min(top, y),
        bottom = std::max(bottom, y);
      }
    }
    INFO("draw " << i);
    CHECK(there[0].x == Approx(left).margin(1));
    CHECK(there[0].y == Approx(top).margin(1));
    CHECK(there[0].x + there[0].w == Approx(right + 1).margin(1));
    CHECK(there[0].y + there[0].h == Approx(bottom + 1).margin(1));
  }
}

}  // namespace nibble::jittered_crop_test
