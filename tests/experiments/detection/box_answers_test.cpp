#include "experiments/detection/box_answers.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace nibble::box_answers_test {
namespace {

// Two pictures with two blocks and a crowd of bars; nothing of the third class.
CocoSet small_set() {
  CocoSet set;
  set.images = {{10, "a.jpg", 100, 100}, {11, "b.jpg", 100, 100}};
  set.categories = {{2, "block"}, {5, "bar"}, {7, "none"}};
  set.objects = {{10, 2, {10, 10, 40, 40}, 1600, false},
                 {11, 2, {20, 20, 40, 40}, 1600, false},
                 {11, 5, {0, 0, 90, 90}, 8100, true},
                 {11, 5, {60, 5, 30, 30}, 900, false}};
  return set;
}

}  // namespace

TEST_CASE("what_is_found_right_has_full_precision_by_every_rule") {
  const CocoSet set = small_set();
  std::vector<CocoResult> all;
  for (const CocoObject& object : set.objects) {
    if (!object.crowd) all.push_back({object.image, object.category, 0.5, object.extent});
  }
  const BoxAnswers answers = judge_boxes(set, all);
  CHECK(answers.results.size() == 3);
  REQUIRE(answers.classes.size() == 3);
  CHECK(answers.classes[0].objects == 2);
  CHECK(answers.classes[1].objects == 1);
  for (const std::size_t c : {0u, 1u}) {
    CHECK(answers.classes[c].coco.average_precision == Approx(1));
    CHECK(answers.classes[c].voc_every_point == Approx(1));
    CHECK(answers.classes[c].voc_eleven_points == Approx(1));
  }
  CHECK(answers.classes[2].objects == 0);
  CHECK(answers.classes[2].coco.average_precision == -1);
  CHECK(std::isnan(answers.classes[2].voc_every_point));
}

TEST_CASE("half_of_the_blocks_and_a_wrong_one_in_front") {
  const BoxAnswers answers =
      judge_boxes(small_set(), {{10, 2, 0.9, {70, 70, 20, 20}}, {10, 2, 0.8, {10, 10, 40, 40}}});
  // One right of two found, one found of two: precision 1/2 up to a recall of 1/2.
  CHECK(answers.classes[0].voc_every_point == Approx(0.25));
  CHECK(answers.classes[0].voc_eleven_points == Approx(6 * 0.5 / 11));
  CHECK(answers.classes[0].coco.at_half == Approx(51 * 0.5 / 101));
  CHECK(answers.classes[1].voc_every_point == 0);
}

}  // namespace nibble::box_answers_test
