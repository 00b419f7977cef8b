#include "datasets/images/image_set.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "datasets/images/images_in_memory.h"

namespace nibble::image_set_test {
namespace {

ImageSet two_pixels() {
  ImageSet images;
  images.name = "two";
  images.sample_shape = {1, 2, 3};
  images.train = images.test =
      split_in_memory(Array<std::uint8_t>({1, 1, 2, 3}, {0, 128, 255, 10, 20, 30}), Array<int>({1}, {1}));
  images.class_names = {"a", "b"};
  images.mean = kImageNetMean;
  images.std = kImageNetStd;
  return images;
}

}  // namespace

TEST_CASE("pixel_table_holds_the_normalized_value_of_every_byte") {
  const std::vector<Real> table = pixel_table(two_pixels());
  REQUIRE(table.size() == 3 * 256);
  CHECK(table[0] == Approx(-0.485 / 0.229));
  CHECK(table[256 + 255] == Approx((1 - 0.456) / 0.224));
  CHECK(table[512 + 51] == Approx((0.2 - 0.406) / 0.225));
}

TEST_CASE("normalize_uses_each_channels_part_of_the_table") {
  const ImageSet data = two_pixels();
  const std::vector<Real> table = pixel_table(data);
  std::vector<Real> x(6);
  normalize(data.train.make(0).data(), 6, table, x.data());
  CHECK(x == std::vector<Real>{table[0], table[256 + 128], table[512 + 255], table[10], table[256 + 20],
                               table[512 + 30]});
}

TEST_CASE("pixel_table_refuses_unusable_statistics") {
  ImageSet data = two_pixels();
  data.std[1] = 0;
  CHECK_THROWS_WITH(pixel_table(data),
                    "dataset two: found standard deviation 0 of channel 1, expected a positive number");
  data.std.pop_back();
  CHECK_THROWS_WITH(
      pixel_table(data),
      "dataset two: found 3 means and 2 standard deviations, expected 3 of each, one per channel");
}

TEST_CASE("training_is_watched_on_validation_where_there_is_one") {
  ImageSet images = two_pixels();
  CHECK(images.classes() == 2);
  CHECK(&images.watched() == &images.test);
  images.validation = images.train;
  CHECK(&images.watched() == &images.validation);
}

}  // namespace nibble::image_set_test
