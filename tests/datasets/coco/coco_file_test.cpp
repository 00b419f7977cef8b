#include "datasets/coco/coco_file.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "core/check.h"
#include "tests/support/temporary_directory.h"

namespace nibble::coco_file_test {
namespace {

const std::string kImages =
    R"("images": [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 50}], "categories": [{"id": 3, "name": "cat"}])";

std::string with_annotation(const std::string& annotation) {
  return "{" + kImages + R"(, "annotations": [)" + annotation + "]}";
}

}  // namespace

TEST_CASE("annotations_are_read_or_refused_in_a_sentence") {
  const TemporaryDirectory directory;
  const std::string file = (directory.path() / "a.json").string();
  const auto read = [&](const std::string& text) {
    std::ofstream(file) << text;
    return read_coco(file);
  };
  const auto found = [&](const std::string& text) {
    try {
      read(text);
    } catch (const Error& error) {
      return std::string(error.what()).substr(file.size());
    }
    return std::string("nothing");
  };
  const std::string good =
      R"({"image_id": 7, "category_id": 3, "bbox": [1, 2, 3, 4.5], "area": 9, "iscrowd": 1, "segmentation": {"size": [1]}})";
  const CocoSet set = read(with_annotation(good));
  REQUIRE(set.objects.size() == 1);
  CHECK(set.objects[0].extent == Extent{1, 2, 3, 4.5});
  CHECK(set.objects[0].crowd);
  CHECK(set.category(3).name == "cat");

  CHECK(found(with_annotation(R"({"image_id": 8, "category_id": 3, "bbox": [1, 2, 3, 4], "area": 9})")) ==
        ": annotations[0]: found image_id 8, expected one of 1 images");
  CHECK(found(with_annotation(R"({"image_id": 7, "category_id": 4, "bbox": [1, 2, 3, 4], "area": 9})")) ==
        ": annotations[0]: found category_id 4, expected one of 1 categories");
  CHECK(found(with_annotation(R"({"image_id": 7, "category_id": 3, "bbox": [90, 2, 30, 4], "area": 9})")) ==
        ": annotations[0]: found a bbox from (90, 2) to (120, 6), expected one inside of its image of 100 x "
        "50");
  CHECK(found(with_annotation(R"({"image_id": 7, "category_id": 3, "bbox": [1, 2, -3, 4], "area": 9})")) ==
        ": annotations[0]: found 'bbox' of [1,2,-3,4], expected a width and a height of at least 0");
  CHECK(found(with_annotation(R"({"image_id": 7, "category_id": 3, "bbox": [1, 2, "x", 4], "area": 9})")) ==
        R"(: annotations[0]: found 'bbox' of "x", expected a number)");
  CHECK(found(with_annotation(R"({"image_id": 7, "bbox": [1, 2, 3, 4], "area": 9})")) ==
        ": annotations[0]: found no 'category_id', expected it");
  CHECK(found(with_annotation(R"({"image_id": 7, "category_id": 3, "bbox": [1, 2, NaN, 4], "area": 9})"))
            .starts_with(": found what is no JSON"));
  CHECK(found("[]") == ": found array, expected an object with images, categories and annotations");
  CHECK(found("{}") == ": found 0 images and 0 categories, expected some of both");
  CHECK(found("{").starts_with(": found what is no JSON"));
  CHECK_THROWS_WITH(read_coco("/no/such.json"),
                    "/no/such.json: cannot be opened, expected JSON as COCO has it");
}

TEST_CASE("results_are_written_and_read_back_unchanged") {
  const TemporaryDirectory directory;
  const std::string file = (directory.path() / "r.json").string();
  const std::vector<CocoResult> results{{7, 3, 0.1 + 0.2, {1.0 / 3, 2, 3, 4}}, {8, 1, 1e-7, {0, 0, 1, 1}}};
  write_coco_results(file, results);
  const std::vector<CocoResult> back = read_coco_results(file);
  REQUIRE(back.size() == 2);
  CHECK(back[0].score == results[0].score);
  CHECK(back[0].extent == results[0].extent);
  CHECK(back[1].image == 8);
}

}  // namespace nibble::coco_file_test
