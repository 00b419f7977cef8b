#include "datasets/images/augment.h"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

namespace nibble::augment_test {
namespace {

// The definition, pixel by pixel.
std::vector<std::uint8_t> place_plainly(const std::vector<std::uint8_t>& pixels, const Shape& image,
                                        const Placement& p, const Shape& window) {
  const long h = window[0], w = window[1], channels = window[2];
  const long top = (image[0] - h) / 2 + p.dy, left = (image[1] - w) / 2 + p.dx;
  std::vector<std::uint8_t> out(static_cast<std::size_t>(window.count()), 0);
  for (long y = 0; y < h; ++y) {
    for (long x = 0; x < w; ++x) {
      const long from_y = top + y, from_x = left + (p.mirrored ? w - 1 - x : x);
      if (from_y < 0 || from_y >= image[0] || from_x < 0 || from_x >= image[1]) continue;
      for (long c = 0; c < channels; ++c) {
        out[static_cast<std::size_t>((y * w + x) * channels + c)] =
            pixels[static_cast<std::size_t>((from_y * image[1] + from_x) * channels + c)];
      }
    }
  }
  return out;
}

void check_every_window(const Shape& image, const Shape& window) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(image.count()));
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i + 1);
  for (int dy = -7; dy <= 7; ++dy) {
    for (int dx = -7; dx <= 7; ++dx) {
      for (const bool mirrored : {false, true}) {
        std::vector<std::uint8_t> out(static_cast<std::size_t>(window.count()), 99);
        place(pixels.data(), image, {dy, dx, mirrored}, window, out.data());
        INFO("image " << image << " window " << window << " dy " << dy << " dx " << dx << " mirrored "
                      << mirrored);
        REQUIRE(out == place_plainly(pixels, image, {dy, dx, mirrored}, window));
      }
    }
  }
}

}  // namespace

TEST_CASE("place_equals_its_definition_for_every_window") {
  for (const Shape& sample : {Shape{5, 4, 3}, Shape{3, 6, 1}, Shape{1, 1, 2}}) {
    check_every_window(sample, sample);
  }
  check_every_window({7, 9, 2}, {4, 4, 2});  // larger, by odd numbers
  check_every_window({3, 2, 2}, {6, 7, 2});  // smaller
  check_every_window({2, 8, 1}, {5, 5, 1});
}

TEST_CASE("a_window_without_a_move_lies_in_the_middle") {
  const auto corner = [](const Shape& image, const Shape& window, const Placement& placement) {
    const Corner c = corner_of(image, window, placement);
    return std::pair(c.top, c.left);
  };
  CHECK(corner({10, 9, 3}, {4, 4, 3}, {}) == std::pair(3L, 2L));
  CHECK(corner({4, 3, 3}, {6, 6, 3}, {}) == std::pair(-1L, -1L));
  CHECK(corner({6, 6, 3}, {6, 6, 3}, {.dy = 2, .dx = -3}) == std::pair(2L, -3L));
}

TEST_CASE("boxes_move_with_their_image") {
  const std::vector<Box> boxes{{.label = 1, .x = 2, .y = 3, .w = 4, .h = 1.5f, .crowd = true}};
  CHECK(place(boxes, {8, 10, 3}, {}, {8, 10, 3}) == boxes);
  CHECK(place(boxes, {8, 10, 3}, {.dy = 1, .dx = -2}, {8, 10, 3}) ==
        std::vector<Box>{{.label = 1, .x = 4, .y = 2, .w = 4, .h = 1.5f, .crowd = true}});
  CHECK(place(boxes, {8, 10, 3}, {.mirrored = true}, {8, 10, 3}) ==
        std::vector<Box>{{.label = 1, .x = 4, .y = 3, .w = 4, .h = 1.5f, .crowd = true}});
  CHECK(place(boxes, {8, 10, 3}, {}, {10, 12, 3}) ==
        std::vector<Box>{{.label = 1, .x = 3, .y = 4, .w = 4, .h = 1.5f, .crowd = true}});
}

TEST_CASE("boxes_end_at_the_window_and_vanish_outside_of_it") {
  const std::vector<Box> boxes{{.label = 1, .x = 0, .y = 0, .w = 3, .h = 3},
                               {.label = 2, .x = 5, .y = 6, .w = 5, .h = 2},
                               {.label = 3, .x = 0, .y = 0, .w = 2, .h = 8}};
  // The window of 6 by 4 starts at row 1, column 3: the first box ends before it, and so does the third.
  const Shape image{8, 10, 3}, window{6, 4, 3};
  CHECK(place(boxes, image, {}, window) == std::vector<Box>{{.label = 2, .x = 2, .y = 5, .w = 2, .h = 1}});
  CHECK(place(boxes, image, {.mirrored = true}, window) ==
        std::vector<Box>{{.label = 2, .x = 0, .y = 5, .w = 2, .h = 1}});
  CHECK(place(boxes, image, {.dx = -2}, window) ==
        std::vector<Box>{{.label = 1, .x = 0, .y = 0, .w = 2, .h = 2},
                         {.label = 3, .x = 0, .y = 0, .w = 1, .h = 6}});
}

TEST_CASE("placements_cover_all_windows_about_equally") {
  std::map<int, int> dy, dx;
  int mirrored = 0;
  constexpr int kDraws = 9000;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const Placement p = draw_placement({.pad = 4, .flip = true}, Rng(1).stream(i));
    ++dy[p.dy], ++dx[p.dx], mirrored += p.mirrored;
  }
  REQUIRE(dy.size() == 9);
  REQUIRE(dx.size() == 9);
  CHECK(dy.begin()->first == -4);
  CHECK(dx.rbegin()->first == 4);
  for (const auto& counts : {dy, dx}) {
    for (const auto& [shift, count] : counts) CHECK(std::abs(count - kDraws / 9) < 150);  // 5 deviations
  }
  CHECK(std::abs(mirrored - kDraws / 2) < 240);
}

TEST_CASE("without_augmentation_every_image_stays_in_place") {
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Placement p = draw_placement({.pad = 0, .flip = false}, Rng(1).stream(i));
    REQUIRE((p.dy == 0 && p.dx == 0 && !p.mirrored));
  }
}

}  // namespace nibble::augment_test
