#include "datasets/images/view.h"

#include <catch2/catch.hpp>

#include "datasets/images/augment.h"
#include "datasets/images/stretch.h"
#include "tests/datasets/images/pattern.h"
#include "tests/support/compare.h"

namespace nibble::view_test {
namespace {

// The whole scaled image, then the window out of it: what `fit` does without computing the rest.
Array<std::uint8_t> slowly_fitted(const Array<std::uint8_t>& image, const Fitting& fitting,
                                  const Placement& placement, const Shape& window) {
  const Shape scaled = fitted_shape(image.shape(), fitting);
  Array<std::uint8_t> whole(scaled), out(window);
  resample_plainly(view_of(image.data(), image.shape()), scaled[0], scaled[1], {0, 0, scaled[0], scaled[1]},
                   fitting.interpolation, whole.data());
  const auto [top, left] = corner_of(image.shape(), fitting, window, placement);
  for (long y = 0; y < window[0]; ++y)
    for (long x = 0; x < window[1]; ++x)
      for (long c = 0; c < window[2]; ++c) {
        const long row = y + top, column = (placement.mirrored ? window[1] - 1 - x : x) + left;
        const bool inside = 0 <= row && row < scaled[0] && 0 <= column && column < scaled[1];
        out[(y * window[1] + x) * window[2] + c] =
            inside ? whole[(row * scaled[1] + column) * window[2] + c] : 0;
      }
  return out;
}

}  // namespace

TEST_CASE("the_longer_side_follows_the_shorter_one_rounded_down") {
  CHECK(fitted_shape({375, 500, 3}, {.shorter_side = 256}) == Shape{256, 341, 3});
  CHECK(fitted_shape({500, 375, 3}, {.shorter_side = 256}) == Shape{341, 256, 3});
  CHECK(fitted_shape({20, 12000, 3}, {.shorter_side = 256}) == Shape{256, 153600, 3});
  CHECK(fitted_shape({1, 1, 1}, {.shorter_side = 256}) == Shape{256, 256, 1});
  CHECK(fitted_shape({256, 300, 3}, {.shorter_side = 256}) == Shape{256, 300, 3});
  CHECK(fitted_shape({375, 500, 3}, {}) == Shape{375, 500, 3});
}

TEST_CASE("the_middle_is_torchvision's_where_images_are_scaled_and_ours_where_they_are_not") {
  const Shape window{224, 224, 3};
  const Fitting fitting{.shorter_side = 256};
  const std::pair<long, long> cases[] = {{307, 42}, {341, 58}, {415, 96}};  // 41.5, 58.5, 95.5
  for (const auto& [width, left] : cases) CHECK(corner_of({256, width, 3}, fitting, window, {}).left == left);
  CHECK(corner_of({227, 227, 3}, {}, window, {}).top == 1);
  CHECK(corner_of({227, 227, 3}, {}, window, {.dy = 2, .dx = -3}).top == 3);
}

TEST_CASE("fit_computes_only_the_window_with_the_same_bytes") {
  Rng rng(3);
  const auto draw = [&](long low, long high) {
    return low + static_cast<long>(rng.below(static_cast<std::uint64_t>(high - low)));
  };
  for (int i = 0; i < 120; ++i) {
    const auto image = pattern(draw(1, 50), draw(1, 50), i % 2 ? 3 : 1);
    const Shape window{draw(1, 40), draw(1, 40), image.shape()[2]};
    const Fitting fitting{.shorter_side = draw(1, 40),
                          .interpolation = i % 3 ? Interpolation::bilinear : Interpolation::bicubic};
    const Placement placement{
        .dy = static_cast<int>(draw(-9, 10)), .dx = static_cast<int>(draw(-9, 10)), .mirrored = i % 5 == 0};
    Array<std::uint8_t> out(window);
    fit(image.data(), image.shape(), fitting, placement, window, out.data());
    check_equal(str(image.shape(), " to ", fitting.shorter_side, " in ", window), out,
                slowly_fitted(image, fitting, placement, window));
  }
}

TEST_CASE("boxes_move_and_grow_with_the_image") {
  const std::vector<Box> boxes{{.label = 1, .x = 10, .y = 20, .w = 30, .h = 10}};
  const auto scaled = fit(boxes, {50, 100, 3}, {.shorter_side = 100}, {}, {100, 100, 3});
  REQUIRE(scaled.size() == 1);
  CHECK(scaled[0] == Box{.label = 1, .x = 0, .y = 40, .w = 30, .h = 20});  // 20 − 50 is outside
  const auto part = fit(boxes, Rectangle{10, 0, 40, 50}, true, {80, 100, 3});
  REQUIRE(part.size() == 1);
  CHECK(part[0] == Box{.label = 1, .x = 20, .y = 20, .w = 60, .h = 20});
}

TEST_CASE("a_rectangle_fills_the_window") {
  const auto image = pattern(30, 40, 3);
  Array<std::uint8_t> plain({16, 20, 3}), mirrored({16, 20, 3});
  const Rectangle part{3, 5, 21, 17};
  fit(image.data(), image.shape(), part, Interpolation::bilinear, false, plain.shape(), plain.data());
  fit(image.data(), image.shape(), part, Interpolation::bilinear, true, plain.shape(), mirrored.data());
  Array<std::uint8_t> expected({16, 20, 3});
  resample_plainly(view_of(image.data(), image.shape(), part), 16, 20, {0, 0, 16, 20},
                   Interpolation::bilinear, expected.data());
  check_equal("part", plain, expected);
  mirror(expected.data(), expected.shape());
  check_equal("mirrored", mirrored, expected);
}

TEST_CASE("a_letterbox_shows_the_whole_image_in_its_own_shape_with_its_boxes") {
  const Shape window{32, 32, 3};
  CHECK(frame_of({24, 40, 3}, Filling::letterbox, window) == Rectangle{6, 0, 19, 32});  // 13 rows of border
  CHECK(frame_of({40, 24, 3}, Filling::letterbox, window) == Rectangle{0, 6, 32, 19});
  CHECK(frame_of({7, 7, 3}, Filling::letterbox, window) == Rectangle{0, 0, 32, 32});
  CHECK(frame_of({1, 500, 3}, Filling::letterbox, window) == Rectangle{15, 0, 1, 32});
  CHECK(frame_of({24, 40, 3}, Filling::stretch, window) == Rectangle{0, 0, 32, 32});
  const auto image = pattern(24, 40, 3);
  const Fitting fitting{.filling = Filling::letterbox};
  for (const bool mirrored : {false, true}) {
    const Placement placement{.mirrored = mirrored};
    Array<std::uint8_t> found(window), inner({19, 32, 3}), expected(window);
    fit(image.data(), image.shape(), fitting, placement, window, found.data());
    stretch(view_of(image.data(), image.shape()), 19, 32, inner.data());
    std::fill(expected.begin(), expected.end(), std::uint8_t{128});
    std::copy(inner.begin(), inner.end(), expected.data() + 6 * 32 * 3);
    if (mirrored) mirror(expected.data(), window);
    check_equal("letterbox", found, expected);
    const std::vector<Box> boxes = fit({Box{1, 8, 12, 20, 6}}, image.shape(), fitting, placement, window);
    REQUIRE(boxes.size() == 1);
    CHECK(boxes[0].x == Approx(mirrored ? 32 - 6.4 - 16 : 6.4));
    CHECK(boxes[0].w == Approx(16));
    CHECK(boxes[0].y == Approx(12 * 19.0 / 24 + 6));
    CHECK(boxes[0].h == Approx(6 * 19.0 / 24));
  }
}

TEST_CASE("a_rectangle_grows_to_the_window_s_shape_around_its_middle") {
  CHECK(in_shape_of({32, 32, 3}, {4, 2, 10, 20}) == Rectangle{-1, 2, 20, 20});
  CHECK(in_shape_of({32, 64, 3}, {4, 2, 10, 10}) == Rectangle{4, -3, 10, 20});
  CHECK(in_shape_of({32, 64, 3}, {4, 2, 10, 20}) == Rectangle{4, 2, 10, 20});
}

}  // namespace nibble::view_test
