#include "datasets/images/mosaic.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "datasets/images/batches.h"

namespace nibble::mosaic_test {
namespace {

// Image i is of one brightness, 50 i, but for a rectangle of 200 + i; the box of class i lies around it.
class Rectangles : public ImageSource {
 public:
  long size() const override { return 4; }
  Target target(long i) const override {
    return std::vector<Box>{{.label = static_cast<int>(i), .x = 4, .y = 6, .w = 12, .h = 8}};
  }
  Array<std::uint8_t> make(long i) const override {
    Array<std::uint8_t> image({20, 20, 1});
    image.fill(static_cast<std::uint8_t>(50 * i));
    for (long y = 6; y < 14; ++y) {
      for (long x = 4; x < 16; ++x) image[y * 20 + x] = static_cast<std::uint8_t>(200 + i);
    }
    return image;
  }
};

ImageSet rectangles() {
  ImageSet images;
  images.name = "rectangles";
  images.sample_shape = {20, 20, 1};
  images.fitting.filling = Filling::stretch;
  images.train = images.test = Split(std::make_shared<Rectangles>());
  images.class_names = {"a", "b", "c", "d"};
  images.mean = {0};
  images.std = {1};
  return images;
}

TrainingBatchOptions options_of(double mosaic, int threads) {
  TrainingBatchOptions options;
  options.batch_size = 4;
  options.augmentation = {.pad = 0, .flip = false, .mosaic = mosaic};
  options.prefetch = {.threads = threads, .ahead = threads + 2};
  return options;
}

}  // namespace

TEST_CASE("the_parts_of_a_mosaic_fill_the_window_and_lie_in_their_images") {
  const Shape window{40, 60, 3};
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Mosaic mosaic = draw_mosaic(window, Rng(3).stream(i));
    long area = 0;
    for (const Mosaic::Part& part : mosaic.parts) {
      const Rectangle& place = part.place;
      area += place.height * place.width;
      REQUIRE((place.height >= 8 && place.height <= 32 && place.width >= 12 && place.width <= 48));
      REQUIRE((place.top + place.height <= 40 && place.left + place.width <= 60));
      REQUIRE((part.top >= 0 && part.top + place.height <= 40));
      REQUIRE((part.left >= 0 && part.left + place.width <= 60));
    }
    REQUIRE(area == 2400);
    REQUIRE(mosaic.parts[3].place.top == mosaic.parts[0].place.height);
    REQUIRE(mosaic.parts[3].place.left == mosaic.parts[0].place.width);
  }
}

TEST_CASE("boxes_of_a_part_end_at_its_borders_and_slivers_are_left_out") {
  const Mosaic::Part part{{10, 20, 30, 25}, 5, 8};
  const std::vector<Box> shown = show_part(std::vector<Box>{{.label = 1, .x = 10, .y = 9, .w = 5, .h = 6},
                                                            {.label = 2, .x = 0, .y = 0, .w = 100, .h = 100},
                                                            {.label = 3, .x = 0, .y = 9, .w = 8.5f, .h = 6},
                                                            {.label = 4, .x = 70, .y = 9, .w = 5, .h = 6}},
                                           part);
  REQUIRE(shown.size() == 2);
  CHECK(shown[0] == Box{.label = 1, .x = 22, .y = 14, .w = 5, .h = 6});
  CHECK(shown[1] == Box{.label = 2, .x = 20, .y = 10, .w = 25, .h = 30});
}

TEST_CASE("boxes_of_a_mosaic_lie_around_what_they_are_of") {
  const ImageSet images = rectangles();
  TrainingBatches batches(images, options_of(1, 1));
  long several = 0;
  for (int b = 0; b < 20; ++b) {
    const Batch batch = batches.next();
    const auto& boxes = std::get<BoxTargets>(batch.targets).boxes;
    for (long n = 0; n < 4; ++n) {
      const Real* const x = batch.x.data() + n * 400;
      std::vector<int> inside(4), everywhere(4);
      for (long i = 0; i < 400; ++i) {
        const int value = static_cast<int>(x[i] * 255 + Real(0.5));
        if (value < 200) continue;
        const int label = value - 200;
        ++everywhere[static_cast<std::size_t>(label)];
        const auto row = static_cast<float>(i / 20), column = static_cast<float>(i % 20);
        for (const Box& box : boxes[static_cast<std::size_t>(n)]) {
          if (box.label != label || column < box.x || column >= box.x + box.w || row < box.y ||
              row >= box.y + box.h)
            continue;
          ++inside[static_cast<std::size_t>(label)];
          break;
        }
      }
      double area = 0;
      for (const Box& box : boxes[static_cast<std::size_t>(n)]) area += static_cast<double>(box.w * box.h);
      CHECK(inside == everywhere);
      CHECK(area == everywhere[0] + everywhere[1] + everywhere[2] + everywhere[3]);
      several += boxes[static_cast<std::size_t>(n)].size() > 1;
    }
  }
  CHECK(several > 40);
}

TEST_CASE("mosaics_are_the_same_with_any_number_of_threads_and_as_frequent_as_was_asked_for") {
  const ImageSet images = rectangles();
  TrainingBatches one(images, options_of(0.5, 1)), several(images, options_of(0.5, 3));
  long whole = 0;
  for (int b = 0; b < 50; ++b) {
    const Batch batch = one.next(), same = several.next();
    REQUIRE(std::equal(batch.x.begin(), batch.x.end(), same.x.begin(), same.x.end()));
    REQUIRE(std::get<BoxTargets>(batch.targets).boxes == std::get<BoxTargets>(same.targets).boxes);
    for (const auto& boxes : std::get<BoxTargets>(batch.targets).boxes)
      whole += boxes.size() == 1 && boxes[0].w == 12 && boxes[0].h == 8 && boxes[0].x == 4 && boxes[0].y == 6;
  }
  CHECK(whole > 70);
  CHECK(whole < 130);
}

}  // namespace nibble::mosaic_test
