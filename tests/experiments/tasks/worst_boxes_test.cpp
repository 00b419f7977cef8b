#include "experiments/tasks/worst_boxes.h"

#include <catch2/catch.hpp>

#include "datasets/datasets.h"
#include "tests/support/coco_folder.h"
#include "tests/support/temporary_directory.h"

namespace nibble::worst_boxes_test {
namespace {

// Three pictures with two, one and no "block", and what was found in them.
struct Case {
  CocoSet set{{{1, "a.jpg", 40, 24}, {2, "b.jpg", 40, 24}, {3, "c.jpg", 40, 24}},
              {{2, "block"}},
              {{.image = 1, .category = 2, .extent = {0, 0, 10, 10}, .area = 100},
               {.image = 1, .category = 2, .extent = {20, 0, 10, 10}, .area = 100},
               {.image = 2, .category = 2, .extent = {0, 0, 10, 10}, .area = 100}}};
};

}  // namespace

TEST_CASE("the_worst_pictures_of_a_detector_have_most_objects_missed_and_boxes_without_an_object") {
  const Case one;
  const BoxAnswers answers = judge_boxes(one.set, {{1, 2, 0.9, {0, 0, 10, 10}},     // right
                                                   {1, 2, 0.1, {20, 0, 10, 10}},    // right, but not shown
                                                   {2, 2, 0.8, {0, 0, 10, 10}},     // right
                                                   {3, 2, 0.7, {0, 0, 10, 10}},     // of nothing
                                                   {3, 2, 0.6, {20, 0, 10, 10}}});  // of nothing
  const std::vector<WrongBoxes> worst = worst_boxes(one.set, answers, 0.25);
  CHECK(worst == std::vector<WrongBoxes>{{2, "c.jpg", 0, 0, 2}, {0, "a.jpg", 2, 1, 0}});
  CHECK(worst_boxes(one.set, answers, 0.05) == std::vector<WrongBoxes>{{2, "c.jpg", 0, 0, 2}});
}

TEST_CASE("only_so_many_worst_pictures_are_kept") {
  CocoSet set{{}, {{2, "block"}}, {}};
  for (long i = 0; i < 20; ++i) {
    set.images.push_back({i, "p", 40, 24});
    for (long k = 0; k <= i; ++k)
      set.objects.push_back({.image = i, .category = 2, .extent = {0, 0, 10, 10}, .area = 100});
  }
  const std::vector<WrongBoxes> worst = worst_boxes(set, judge_boxes(set, {}), 0.25);
  REQUIRE(worst.size() == kWorstPictures);
  CHECK(worst.front().missed == 20);
  CHECK(worst.back().missed == 9);
}

TEST_CASE("pictures_of_the_worst_show_the_boxes_that_were_found") {
  const TemporaryDirectory directory;
  write_coco_folder(directory.path());
  DatasetOptions options = coco_options<DatasetOptions>(directory.path());
  options.kind = "coco";
  const Data data = open_data(options);
  const BoxSet& boxes = std::get<BoxSet>(data);
  const std::vector<WrongBoxes> worst{{1, "p5.jpg", 1, 0, 1}};
  const long image = boxes.test.images[1].id, category = boxes.test.categories[0].id;
  const auto shown = [&](double score) {
    return pictures_of(boxes.images, boxes.images.test, boxes.test, worst,
                       {{image, category, score, {10, 6, 20, 12}}}, 0.25);
  };
  const Array<std::uint8_t> without = shown(0.2), with = shown(0.9);
  REQUIRE(without.shape() == Shape{1, 32, 32, 3});
  const auto differs = [&](long y, long x) {
    return !std::equal(&with[(y * 32 + x) * 3], &with[(y * 32 + x) * 3] + 3, &without[(y * 32 + x) * 3]);
  };
  // 40 x 24 was stretched to 32 x 32. The name lies in the upper half of the box.
  CHECK(differs(23, 16));
  CHECK(differs(20, 8));
  CHECK_FALSE(differs(20, 16));
  CHECK_FALSE(differs(28, 16));
  CHECK_FALSE(differs(20, 4));
}

}  // namespace nibble::worst_boxes_test
