#include "datasets/images/augment.h"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

using namespace nibble;

namespace {

// The definition, pixel by pixel.
std::vector<std::uint8_t> place_plainly(const std::vector<std::uint8_t>& image, const Shape& sample,
                                        const Placement& p) {
  const long h = sample[0], w = sample[1], channels = sample[2];
  std::vector<std::uint8_t> out(image.size(), 0);
  for (long y = 0; y < h; ++y) {
    for (long x = 0; x < w; ++x) {
      const long from_y = y + p.dy, from_x = (p.mirrored ? w - 1 - x : x) + p.dx;
      if (from_y < 0 || from_y >= h || from_x < 0 || from_x >= w) continue;
      for (long c = 0; c < channels; ++c) {
        out[static_cast<std::size_t>((y * w + x) * channels + c)] =
            image[static_cast<std::size_t>((from_y * w + from_x) * channels + c)];
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("place_equals_its_definition_for_every_window") {
  for (const Shape& sample : {Shape{5, 4, 3}, Shape{3, 6, 1}, Shape{1, 1, 2}}) {
    std::vector<std::uint8_t> image(static_cast<std::size_t>(sample.count()));
    for (std::size_t i = 0; i < image.size(); ++i) image[i] = static_cast<std::uint8_t>(i + 1);
    for (int dy = -7; dy <= 7; ++dy) {
      for (int dx = -7; dx <= 7; ++dx) {
        for (const bool mirrored : {false, true}) {
          std::vector<std::uint8_t> out(image.size(), 99);
          place(image.data(), sample, {dy, dx, mirrored}, out.data());
          INFO("sample " << sample << " dy " << dy << " dx " << dx << " mirrored " << mirrored);
          REQUIRE(out == place_plainly(image, sample, {dy, dx, mirrored}));
        }
      }
    }
  }
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
