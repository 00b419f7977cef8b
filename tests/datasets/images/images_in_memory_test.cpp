#include "datasets/images/images_in_memory.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "tests/datasets/images/split_contents.h"

namespace nibble::images_in_memory_test {

TEST_CASE("images_in_memory_share_their_buffer") {
  const Array<std::uint8_t> images({3, 1, 2, 1}, {1, 2, 3, 4, 5, 6});
  const Split split = split_in_memory(images, Array<int>({3}, {7, 8, 9}));
  CHECK(split.size() == 3);
  CHECK(labels_of(split) == std::vector<int>{7, 8, 9});
  const Array<std::uint8_t> second = split.make(1);
  CHECK(second.shape() == Shape{1, 2, 1});
  CHECK(second.data() == images.data() + 2);
}

TEST_CASE("images_in_memory_refuse_labels_of_another_number") {
  CHECK_THROWS_WITH(
      split_in_memory(Array<std::uint8_t>({3, 4, 4, 1}), Array<int>({2})),
      "images in memory: found images [3, 4, 4, 1] and labels [2], expected [N, H, W, C] and [N]");
  CHECK_THROWS_AS(split_in_memory(Array<std::uint8_t>({3, 4, 4}), Array<int>({3})), Error);
}

TEST_CASE("a_split_without_a_source_is_empty") {
  CHECK(Split().size() == 0);
  CHECK(Split().empty());
}

}  // namespace nibble::images_in_memory_test
