#include "datasets/images/choose.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/check.h"
#include "datasets/images/images_in_memory.h"
#include "tests/datasets/images/split_contents.h"

namespace nibble::choose_test {
namespace {

// n images of a pixel; label and pixel are the index.
Split numbered(long n) {
  Array<std::uint8_t> images({n, 1, 1, 1});
  Array<int> labels({n});
  for (long i = 0; i < n; ++i) images[i] = static_cast<std::uint8_t>(i), labels[i] = static_cast<int>(i);
  return split_in_memory(images, labels);
}

}  // namespace

TEST_CASE("first_samples_takes_them_in_order_and_checks_the_count") {
  const Split split = numbered(3), two = first_samples(split, 2);
  CHECK(labels_of(two) == std::vector<int>{0, 1});
  CHECK(two.make(1).data() == split.make(1).data());
  CHECK_THROWS_WITH(first_samples(split, 4),
                    "dataset: found a request for the first 4 samples, expected 1 to 3");
  CHECK_THROWS_AS(first_samples(split, 0), Error);
}

TEST_CASE("split_off_shares_the_samples_out") {
  const auto [train, validation] = split_off(numbered(200), 0.1, 1);
  CHECK(validation.size() == 20);
  CHECK(train.size() == 180);
  std::vector<int> all = labels_of(train);
  CHECK(std::is_sorted(all.begin(), all.end()));
  const std::vector<int> kept_apart = labels_of(validation);
  CHECK(std::is_sorted(kept_apart.begin(), kept_apart.end()));
  all.insert(all.end(), kept_apart.begin(), kept_apart.end());
  std::sort(all.begin(), all.end());
  for (int i = 0; i < 200; ++i) REQUIRE(all[static_cast<std::size_t>(i)] == i);
  CHECK(kept_apart.front() < 100);  // not the last samples, which a cut would take
  for (long i = 0; i < 20; ++i) CHECK(validation.make(i)[0] == kept_apart[static_cast<std::size_t>(i)]);
}

TEST_CASE("split_off_is_drawn_by_its_seed") {
  const Split split = numbered(100);
  const std::vector<int> first = labels_of(split_off(split, 0.25, 1).validation);
  CHECK(labels_of(split_off(split, 0.25, 1).validation) == first);
  CHECK(labels_of(split_off(split, 0.25, 2).validation) != first);
}

TEST_CASE("split_off_rounds_to_the_nearest_sample_and_leaves_no_part_empty") {
  CHECK(split_off(numbered(10), 0.25, 1).validation.size() == 3);  // 2.5 + 1/2
  CHECK(split_off(numbered(10), 0.24, 1).validation.size() == 2);
  CHECK_THROWS_WITH(
      split_off(numbered(10), 0.04, 1),
      "dataset: found dataset.validation_share 0.04, which is 0 of 10 training samples, expected at "
      "least 1 for validation and 1 to train with");
  CHECK_THROWS_AS(split_off(numbered(10), 0.96, 1), Error);
}

}  // namespace nibble::choose_test
