#include "datasets/stream/targets.h"

#include <catch2/catch.hpp>

#include "core/check.h"

namespace nibble::targets_test {
namespace {

const Box kCat{.label = 3, .x = 1.5f, .y = 2, .w = 10, .h = 4.25f};
const Box kHerd{.label = 7, .w = 30, .h = 20, .crowd = true};

}  // namespace

TEST_CASE("classes_of_samples_become_one_array") {
  const Targets targets = collect({4, 0, 9});
  const Array<int>& labels = std::get<ClassTargets>(targets).labels;
  CHECK(labels.shape() == Shape{3});
  CHECK(std::vector<int>(labels.begin(), labels.end()) == std::vector<int>{4, 0, 9});
}

TEST_CASE("images_of_a_batch_have_any_number_of_boxes") {
  using Boxes = std::vector<Box>;
  const Targets targets = collect({Boxes{kCat, kHerd}, Boxes{}, Boxes{kHerd}, Boxes{kCat, kCat, kCat}});
  const auto& boxes = std::get<BoxTargets>(targets).boxes;
  REQUIRE(boxes.size() == 4);
  CHECK(boxes[0] == Boxes{kCat, kHerd});
  CHECK(boxes[1].empty());
  CHECK(boxes[2] == Boxes{kHerd});
  CHECK(boxes[3] == Boxes{kCat, kCat, kCat});
}

TEST_CASE("collect_refuses_two_sorts_of_targets_and_no_samples") {
  CHECK_THROWS_WITH(
      collect({1, std::vector<Box>{kCat}, 2}),
      "collect: found 2 samples with a class and 1 with boxes, expected one sort of targets in a "
      "batch");
  CHECK_THROWS_AS(collect({}), Error);
}

TEST_CASE("categories_are_classes_or_words_but_no_boxes") {
  const Array<int> numbers({2}, {5, 6});
  CHECK(categories(ClassTargets{numbers}, "train").data() == numbers.data());
  CHECK(categories(WordTargets{numbers}, "train").data() == numbers.data());
  CHECK_THROWS_WITH(categories(BoxTargets{{{kCat}}}, "train"),
                    "train: found boxes as the targets of a batch, expected a class or a word for each row");
}

}  // namespace nibble::targets_test
