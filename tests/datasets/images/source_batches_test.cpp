// Batches of a source like those of files: slow, images of sizes of their own, some of which cannot be read.

#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "core/check.h"
#include "core/parallel.h"
#include "datasets/images/batches.h"

namespace nibble::source_batches_test {
namespace {

constexpr long kSamples = 40;

// Sample i is an image of (4 + i mod 5) x (4 + i mod 3) pixels; pixel (y, x) of channel c is 1 + 16 y + 2 x +
// c.
Shape shape_of(long i) { return {4 + i % 5, 4 + i % 3, 2}; }

struct Behaviour {
  bool boxes = false;
  std::set<long> damaged{};
};

class Decoded : public ImageSource {
 public:
  explicit Decoded(Behaviour behaviour) : behaviour_(std::move(behaviour)) {}

  long size() const override { return kSamples; }
  Target target(long i) const override {
    if (!behaviour_.boxes) return static_cast<int>(i);
    const Box whole{.label = static_cast<int>(i),
                    .w = static_cast<float>(shape_of(i)[1]),
                    .h = static_cast<float>(shape_of(i)[0])};
    return std::vector<Box>(static_cast<std::size_t>(i % 4), whole);
  }
  Array<std::uint8_t> make(long i) const override {
    std::this_thread::sleep_for(std::chrono::microseconds(i * 31 % 7 * 100));
    check(!behaviour_.damaged.contains(i), "photos/", i, ".jpg: found half an image, expected a whole one");
    Array<std::uint8_t> image(shape_of(i));
    const long width = image.shape()[1];
    for (long p = 0; p < image.size(); ++p)
      image[p] = static_cast<std::uint8_t>(1 + 16 * (p / 2 / width) + 2 * (p / 2 % width) + p % 2);
    return image;
  }

 private:
  Behaviour behaviour_;
};

ImageSet images_of(const Behaviour& behaviour = {}) {
  ImageSet images;
  images.name = "decoded";
  images.sample_shape = {6, 5, 2};
  images.train = images.test = Split(std::make_shared<Decoded>(behaviour));
  images.class_names.resize(kSamples);
  images.mean = {0, 0};
  images.std = {1, 1};
  return images;
}

TrainingBatchOptions options_of(int threads) {
  return {
      .batch_size = 8, .augmentation = {.pad = 1}, .prefetch = {.threads = threads, .ahead = threads + 2}};
}

const std::vector<std::vector<Box>>& boxes(const Batch& batch) {
  return std::get<BoxTargets>(batch.targets).boxes;
}

int byte(Real x) { return static_cast<int>(255 * x + Real(0.5)); }

}  // namespace

TEST_CASE("evaluation_sees_the_middle_of_every_image") {
  const ImageSet images = images_of();
  const Batch batch = batch_in_order(images, images.test, 0, 5);
  REQUIRE(batch.x.shape() == Shape{5, 6, 5, 2});
  for (long i = 0; i < 5; ++i) {
    const long height = shape_of(i)[0], width = shape_of(i)[1];
    const long top = (height - 6) / 2, left = (width - 5) / 2;
    for (long y = 0; y < 6; ++y) {
      for (long x = 0; x < 5; ++x) {
        const long from_y = top + y, from_x = left + x;
        const bool inside = 0 <= from_y && from_y < height && 0 <= from_x && from_x < width;
        INFO("sample " << i << " y " << y << " x " << x);
        CHECK(byte(batch.x[((i * 6 + y) * 5 + x) * 2 + 1]) == (inside ? 2 + 16 * from_y + 2 * from_x : 0));
      }
    }
  }
}

TEST_CASE("batches_of_a_slow_source_are_the_same_with_any_number_of_threads") {
  const ImageSet images = images_of();
  std::vector<Batch> expected;
  TrainingBatches one(images, options_of(1));
  for (int i = 0; i < 15; ++i) expected.push_back(one.next());  // three epochs
  for (const int threads : {2, 4, 8}) {
    TrainingBatches several(images, options_of(threads));
    for (const Batch& batch : expected) {
      const Batch found = several.next();
      REQUIRE(std::equal(batch.x.begin(), batch.x.end(), found.x.begin(), found.x.end()));
      const Array<int>&a = categories(batch.targets, "test"), &b = categories(found.targets, "test");
      REQUIRE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
    }
  }
}

TEST_CASE("boxes_of_a_batch_are_placed_like_their_images") {
  const ImageSet images = images_of({.boxes = true, .damaged = {}});
  TrainingBatches batches(images, options_of(4));
  for (int b = 0; b < 10; ++b) {
    const Batch batch = batches.next();
    REQUIRE(boxes(batch).size() == 8);
    for (long n = 0; n < 8; ++n) {
      for (const Box& box : boxes(batch)[static_cast<std::size_t>(n)]) {
        REQUIRE(boxes(batch)[static_cast<std::size_t>(n)].size() == static_cast<std::size_t>(box.label % 4));
        // Pixels of an image are not black, so the box of the whole image holds all that are not.
        for (long y = 0; y < 6; ++y) {
          for (long x = 0; x < 5; ++x) {
            const float px = static_cast<float>(x), py = static_cast<float>(y);
            const bool inside = box.x <= px && px < box.x + box.w && box.y <= py && py < box.y + box.h;
            REQUIRE((batch.x[((n * 6 + y) * 5 + x) * 2] > 0) == inside);
          }
        }
      }
    }
  }
  const Batch in_order = batch_in_order(images, images.test, 8, 12);  // 8 by 6, 4 by 4, 5 by 5, 6 by 6
  CHECK(boxes(in_order)[1] == std::vector<Box>{{.label = 9, .x = 0, .y = 0, .w = 4, .h = 6}});
}

TEST_CASE("the_error_of_a_source_names_its_file_in_training_and_evaluation") {
  const ImageSet images = images_of({.boxes = false, .damaged = {13}});
  const char* const sentence = "photos/13.jpg: found half an image, expected a whole one";
  for (const int threads : {1, 2, 4, 8}) {
    TrainingBatches batches(images, options_of(threads));
    CHECK_THROWS_WITH(
        [&] {
          for (int i = 0; i < 5; ++i) batches.next();
        }(),
        sentence);
    CHECK_THROWS_WITH(batches.next(), sentence);
    set_threads(threads);
    CHECK_THROWS_WITH(batch_in_order(images, images.test, 0, kSamples), sentence);
  }
  set_threads(0);
}

TEST_CASE("a_batch_refuses_images_of_other_channels") {
  ImageSet images = images_of();
  images.sample_shape = {6, 5, 3};
  images.mean = images.std = {1, 1, 1};
  CHECK_THROWS_WITH(batch_in_order(images, images.test, 7, 8),
                    "batch: found sample 7 of shape [6, 5, 2], expected [H, W, 3]");
}

}  // namespace nibble::source_batches_test
