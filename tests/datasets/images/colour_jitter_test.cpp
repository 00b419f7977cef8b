#include "datasets/images/colour_jitter.h"

#include <catch2/catch.hpp>

#include "tests/datasets/images/pattern.h"
#include "tests/support/compare.h"

namespace nibble::colour_jitter_test {
namespace {

// MD5 of the bytes that Pillow 9.4's ImageEnhance makes of the pattern.
struct Enhanced {
  void (*change)(std::uint8_t*, const Shape&, float);
  float factor;
  const char* md5;
};
const Enhanced kOfPillow[] = {
    {change_brightness, 0.0f, "757506ea4111fb3bf3361e0a8e5529a8"},
    {change_brightness, 0.37f, "518872ec1d404181a4347b59e73e6360"},
    {change_brightness, 1.0f, "deda4033e550571e2f17815d3249d16a"},
    {change_brightness, 1.6f, "3afb4f57bf2ebc99da5492d429fe8b64"},
    {change_contrast, 0.0f, "f77b31d9967b23ab81f8b78663b561d9"},
    {change_contrast, 0.37f, "7c7d9e1977bddced3aac46777a4064d0"},
    {change_contrast, 1.0f, "deda4033e550571e2f17815d3249d16a"},
    {change_contrast, 1.6f, "c0f0188895c3784ee9b99f2a40bda2fb"},
    {change_saturation, 0.0f, "3d261516b4257e5761bb1c656fc6ff58"},
    {change_saturation, 0.37f, "59eaf9ecef152ac09e6849fedac0c014"},
    {change_saturation, 1.0f, "deda4033e550571e2f17815d3249d16a"},
    {change_saturation, 1.6f, "4cab2d3c03fb440bcb294564a7884522"},
    // adjust_hue: Pillow's HSV, with the shifted hue.
    {change_hue, -0.5f, "8915e61b9c1a5434d0182307f66646b6"},
    {change_hue, -0.37f, "c5d92a7bbfd122b514717f7b155715c9"},
    {change_hue, -0.1f, "3f2e71985fcb299c038b887abc08582d"},
    {change_hue, 0.0f, "9f5c607b14da1c000146388ac5fcf357"},
    {change_hue, 0.25f, "adcb558f6e0e8d7cba65562af213b4a9"},
    {change_hue, 0.5f, "0944d97e5df0916441076995a40b4036"},
};

Array<std::uint8_t> jittered(const ColourJitter& options, std::uint64_t seed, long channels = 3) {
  auto image = pattern(18, 24, channels);
  jitter(image.data(), image.shape(), options, Rng(seed));
  return image;
}

}  // namespace

TEST_CASE("colours_change_as_in_Pillow") {
  for (const Enhanced& c : kOfPillow) {
    INFO("factor " << c.factor << ", expected " << c.md5);
    auto image = pattern(18, 24, 3);
    c.change(image.data(), image.shape(), c.factor);
    CHECK(md5_of(image) == c.md5);
  }
}

TEST_CASE("the_hue_of_every_colour_turns_as_in_Pillow", "[once]") {
  constexpr long kSide = 4096;  // its square are all colours
  Array<std::uint8_t> image({kSide, kSide, 3});
  for (long i = 0; i < kSide * kSide; ++i)
    for (int c = 0; c < 3; ++c) image[3 * i + c] = static_cast<std::uint8_t>(i >> (16 - 8 * c));
  change_hue(image.data(), image.shape(), 0.1f);
  CHECK(md5_of(image) == "7d1795ffdf9ea435aa7497e864349553");
}

TEST_CASE("without_hue_the_other_steps_draw_what_they_drew_before_there_was_one") {
  CHECK(md5_of(jittered({.brightness = 0.4, .contrast = 0.4, .saturation = 0.4}, 3)) ==
        "3428f7616c18c8bd8adc0b605ae0275c");
  const ColourJitter hue{.hue = 0.5};
  CHECK_FALSE(hue.none());
  check_equal("the same numbers", jittered(hue, 3), jittered(hue, 3));
  CHECK(md5_of(jittered(hue, 3)) != md5_of(pattern(18, 24, 3)));
  check_equal("grey", jittered(hue, 3, 1), pattern(18, 24, 1));
}

TEST_CASE("jitter_is_a_function_of_its_numbers_and_none_changes_nothing") {
  const ColourJitter all{.brightness = 0.4, .contrast = 0.4, .saturation = 0.4};
  check_equal("the same numbers", jittered(all, 3), jittered(all, 3));
  CHECK(md5_of(jittered(all, 3)) != md5_of(jittered(all, 4)));
  check_equal("none", jittered({}, 3), pattern(18, 24, 3));
  CHECK(ColourJitter{}.none());
  CHECK_FALSE(all.none());
}

TEST_CASE("grey_images_have_no_saturation") {
  check_equal("saturation", jittered({.saturation = 0.9}, 3, 1), pattern(18, 24, 1));
  CHECK(md5_of(jittered({.contrast = 0.9}, 3, 1)) != md5_of(pattern(18, 24, 1)));
}

}  // namespace nibble::colour_jitter_test
