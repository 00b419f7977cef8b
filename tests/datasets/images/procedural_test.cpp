#include "datasets/images/procedural.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "core/check.h"
#include "tests/datasets/images/split_contents.h"

namespace nibble::procedural_test {
namespace {

std::array<double, 3> mean_colour(const Split& split, long i) {
  std::array<double, 3> sum{};
  const Array<std::uint8_t> row = split.make(i);
  for (long p = 0; p < row.size(); ++p) sum[static_cast<std::size_t>(p % 3)] += row[p];
  for (double& s : sum) s /= static_cast<double>(row.size()) / 3;
  return sum;
}

}  // namespace

TEST_CASE("procedural_images_depend_on_the_seed_alone") {
  const ProceduralOptions options{.train_samples = 50, .test_samples = 20};
  const ImageSet a = make_procedural(options), b = make_procedural(options);
  CHECK(a.fingerprint == b.fingerprint);
  for (long i = 0; i < 50; ++i) REQUIRE(bytes_of(a.train, i) == bytes_of(b.train, i));
  ProceduralOptions other = options;
  other.seed = 2;
  CHECK(make_procedural(other).fingerprint != a.fingerprint);
}

TEST_CASE("a_procedural_sample_does_not_depend_on_the_number_of_samples") {
  const ImageSet few = make_procedural({.train_samples = 10, .test_samples = 10});
  const ImageSet more = make_procedural({.train_samples = 30, .test_samples = 20});
  for (long i = 0; i < 10; ++i) {
    REQUIRE(bytes_of(few.train, i) == bytes_of(more.train, i));
    REQUIRE(bytes_of(few.test, i) == bytes_of(more.test, i));
  }
}

TEST_CASE("procedural_splits_share_no_image") {
  const ImageSet data = make_procedural({.train_samples = 200, .test_samples = 100, .image_size = 16});
  std::set<std::string> images;
  for (long i = 0; i < 200; ++i) images.insert(bytes_of(data.train, i));
  for (long i = 0; i < 100; ++i) images.insert(bytes_of(data.test, i));
  CHECK(images.size() == 300);
}

TEST_CASE("procedural_classes_are_balanced_and_named") {
  const ImageSet data = make_procedural({.train_samples = 100, .test_samples = 10, .image_size = 16});
  REQUIRE(data.classes() == 10);
  CHECK(data.class_names.front() == "disc");
  CHECK(data.class_names.back() == "dots");
  CHECK(data.sample_shape == Shape{16, 16, 3});
  const std::vector<int> labels = labels_of(data.train);
  for (int c = 0; c < 10; ++c) CHECK(std::count(labels.begin(), labels.end(), c) == 10);
}

// Nearest neighbour in mean colour: chance is 10 %.
TEST_CASE("procedural_classes_cannot_be_told_by_colour") {
  const ImageSet data = make_procedural({.train_samples = 1000, .test_samples = 300, .image_size = 16});
  const std::vector<int> train = labels_of(data.train), test = labels_of(data.test);
  int right = 0;
  for (long i = 0; i < data.test.size(); ++i) {
    const auto colour = mean_colour(data.test, i);
    double least = 1e30;
    int label = -1;
    for (long j = 0; j < data.train.size(); ++j) {
      const auto other = mean_colour(data.train, j);
      double distance = 0;
      for (std::size_t c = 0; c < 3; ++c) distance += (colour[c] - other[c]) * (colour[c] - other[c]);
      if (distance < least) least = distance, label = train[static_cast<std::size_t>(j)];
    }
    right += label == test[static_cast<std::size_t>(i)];
  }
  CHECK(right < 60);  // of 300
}

TEST_CASE("every_procedural_image_shows_its_figure") {
  const ImageSet data = make_procedural({.train_samples = 500, .test_samples = 10});
  for (long i = 0; i < data.train.size(); ++i) {
    const Array<std::uint8_t> pixels = data.train.make(i);
    const auto [low, high] = std::minmax_element(pixels.begin(), pixels.end());
    INFO("sample " << i);
    REQUIRE(*high - *low > 40);
  }
}

TEST_CASE("procedural_refuses_unusable_sizes") {
  CHECK_THROWS_WITH(make_procedural({.image_size = 8}), "procedural: found image size 8, expected 12 to 256");
  CHECK_THROWS_AS(make_procedural({.train_samples = 0}), Error);
}

}  // namespace nibble::procedural_test
