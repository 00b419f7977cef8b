#include "datasets/coco/coco_pictures.h"

#include <catch2/catch.hpp>

#include "datasets/datasets.h"
#include "datasets/images/batches.h"
#include "tests/support/coco_folder.h"
#include "tests/support/temporary_directory.h"

namespace nibble::coco_pictures_test {
namespace {

DatasetOptions options_of(const std::filesystem::path& root) {
  DatasetOptions options = coco_options<DatasetOptions>(root);
  options.kind = "coco";
  return options;
}

}  // namespace

TEST_CASE("photographs_with_boxes_are_stretched_with_their_boxes") {
  const TemporaryDirectory directory;
  write_coco_folder(directory.path());
  const BoxSet set = std::get<BoxSet>(open_data(options_of(directory.path())));
  CHECK(set.images.train.size() == 4);
  CHECK(set.images.test.size() == 2);
  CHECK(set.images.class_names == std::vector<std::string>{"block", "bar"});  // in order of their ids
  const Batch batch = batch_in_order(set.images, set.images.test, 0, 2);
  CHECK(batch.x.shape() == Shape{2, 32, 32, 3});
  const auto& boxes = std::get<BoxTargets>(batch.targets).boxes;
  REQUIRE(boxes[0].size() == 1);
  CHECK(boxes[0][0].label == 0);
  CHECK(boxes[0][0].x == Approx(18 * 32.0 / 40));
  CHECK(boxes[0][0].h == Approx(10 * 32.0 / 24));
  CHECK(boxes[1][0].label == 1);
  CHECK(outline_dataset(options_of(directory.path())).classes == 2);
}

TEST_CASE("the_first_test_pictures_come_with_what_is_in_them") {
  const TemporaryDirectory directory;
  write_coco_folder(directory.path());
  DatasetOptions options = options_of(directory.path());
  options.test_samples = 1;
  options.train_annotations = "";
  const BoxSet set = std::get<BoxSet>(open_data(options));
  CHECK(set.images.train.empty());
  CHECK(set.images.test.size() == 1);
  CHECK(set.test.images.size() == 1);
  REQUIRE(set.test.objects.size() == 1);
  CHECK(set.test.objects[0].image == 14);
}

TEST_CASE("pictures_that_are_not_as_annotated_are_named") {
  const TemporaryDirectory directory;
  write_coco_folder(directory.path());
  const DatasetOptions options = options_of(directory.path());
  std::filesystem::rename(directory.path() / "test/p5.jpg", directory.path() / "test/p6.jpg");
  CHECK_THROWS_WITH(open_data(options), Catch::Contains("test/p5.jpg"));
  // Of another size than the annotations say: found when it is decoded.
  std::ofstream(directory.path() / "test/p5.jpg", std::ios::binary)
      << encode_jpeg(Array<std::uint8_t>({8, 8, 3}), 90);
  const BoxSet set = std::get<BoxSet>(open_data(options));
  CHECK_THROWS_WITH(set.images.test.make(1),
                    Catch::EndsWith("p5.jpg: found 8 x 8 pixels, expected 40 x 24 as its annotations say"));
}

}  // namespace nibble::coco_pictures_test
