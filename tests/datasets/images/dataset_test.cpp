#include "datasets/images/dataset.h"

#include <catch2/catch.hpp>

#include "core/check.h"

using namespace nibble;

namespace {

Dataset two_pixels() {
  Dataset data;
  data.name = "two";
  data.train = {Array<std::uint8_t>({1, 1, 2, 3}, {0, 128, 255, 10, 20, 30}), Array<int>({1}, {1})};
  data.test = data.train;
  data.class_names = {"a", "b"};
  data.mean = kImageNetMean;
  data.std = kImageNetStd;
  return data;
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
  const Dataset data = two_pixels();
  const std::vector<Real> table = pixel_table(data);
  std::vector<Real> x(6);
  normalize(data.train.images.data(), 6, table, x.data());
  CHECK(x == std::vector<Real>{table[0], table[256 + 128], table[512 + 255], table[10], table[256 + 20],
                               table[512 + 30]});
}

TEST_CASE("pixel_table_refuses_unusable_statistics") {
  Dataset data = two_pixels();
  data.std[1] = 0;
  CHECK_THROWS_WITH(pixel_table(data),
                    "dataset two: found standard deviation 0 of channel 1, expected a positive number");
  data.std.pop_back();
  CHECK_THROWS_WITH(
      pixel_table(data),
      "dataset two: found 3 means and 2 standard deviations, expected 3 of each, one per channel");
}

TEST_CASE("first_samples_shares_the_buffers_and_checks_the_count") {
  const Split split{Array<std::uint8_t>({3, 1, 1, 1}, {7, 8, 9}), Array<int>({3}, {0, 1, 2})};
  const Split two = first_samples(split, 2);
  CHECK(two.size() == 2);
  CHECK(two.images.shape() == Shape{2, 1, 1, 1});
  CHECK(two.images.data() == split.images.data());
  CHECK_THROWS_WITH(first_samples(split, 4),
                    "dataset: found a request for the first 4 samples, expected 1 to 3");
  CHECK_THROWS_AS(first_samples(split, 0), Error);
}

TEST_CASE("dataset_knows_its_sample_shape_and_classes") {
  CHECK(two_pixels().sample_shape() == Shape{1, 2, 3});
  CHECK(two_pixels().classes() == 2);
}
