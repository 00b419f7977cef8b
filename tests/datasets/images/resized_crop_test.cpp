#include "datasets/images/resized_crop.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace nibble::resized_crop_test {
namespace {

constexpr int kDraws = 2000;

double area(const Rectangle& part) { return static_cast<double>(part.height * part.width); }

}  // namespace

TEST_CASE("crops_have_the_areas_shapes_and_places_that_were_asked_for") {
  const Shape image{200, 300, 3};
  double smallest = 1, largest = 0, sum = 0;
  long tops = 0, tall = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Rectangle part = draw_resized_crop(image, {}, Rng(5).stream(static_cast<std::uint64_t>(i)));
    REQUIRE(
        (part.top >= 0 && part.left >= 0 && part.top + part.height <= 200 && part.left + part.width <= 300));
    const double share = area(part) / 60000,
                 ratio = static_cast<double>(part.width) / static_cast<double>(part.height);
    REQUIRE(std::abs(std::log(ratio)) <= std::log(4.0 / 3) + 0.02);
    smallest = std::min(smallest, share), largest = std::max(largest, share), sum += share;
    tops += part.top == 0 ? 1 : 0;
    tall += part.height > part.width ? 1 : 0;
  }
  CHECK(smallest < 0.1);
  CHECK(smallest > 0.078);
  CHECK(largest > 0.85);
  CHECK(sum / kDraws == Approx(0.390).margin(0.02));  // the mean of 200,000 of torchvision's
  CHECK(tops < kDraws / 4);
  CHECK(tall > kDraws / 4);
}

TEST_CASE("a_crop_is_a_function_of_its_numbers") {
  const Shape image{200, 300, 3};
  CHECK(draw_resized_crop(image, {}, Rng(1)) == draw_resized_crop(image, {}, Rng(1)));
  CHECK_FALSE(draw_resized_crop(image, {}, Rng(1)) == draw_resized_crop(image, {}, Rng(2)));
}

TEST_CASE("where_no_crop_fits_the_largest_one_in_the_middle_is_taken") {
  CHECK(draw_resized_crop({20, 12000, 3}, {.smallest_share = 0.9}, Rng(1)) == Rectangle{0, 5986, 20, 27});
  CHECK(draw_resized_crop({12000, 20, 3}, {.smallest_share = 0.9}, Rng(1)) == Rectangle{5986, 0, 27, 20});
  CHECK(draw_resized_crop({1, 1, 3}, {}, Rng(1)) == Rectangle{0, 0, 1, 1});
}

}  // namespace nibble::resized_crop_test
