#include "core/free_ranges.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

namespace nibble::free_ranges_test {

TEST_CASE("free_ranges_take_the_shortest_that_fits_and_of_equals_the_lowest") {
  FreeRanges free(100);
  CHECK(free.take(10) == 0);
  CHECK(free.take(20) == 10);
  CHECK(free.take(5) == 30);
  CHECK(free.take(10) == 35);
  CHECK(free.take(5) == 45);
  free.give(10, 20);
  free.give(0, 10);  // one range of 30 now
  free.give(35, 10);
  CHECK(free.take(8) == 35);
  CHECK(free.take(30) == 0);
  CHECK_FALSE(free.take(51).has_value());
  CHECK(free.take(50) == 50);
}

TEST_CASE("free_ranges_agree_with_a_map_of_bytes") {
  constexpr std::size_t kSize = 300;
  FreeRanges free(kSize);
  std::vector<bool> used(kSize, false);
  std::vector<std::pair<std::size_t, std::size_t>> held;
  std::mt19937 random(1);
  for (int step = 0; step < 3000; ++step) {
    if (random() % 2 == 0 || held.empty()) {
      const std::size_t bytes = 1 + random() % 40;
      if (const auto offset = free.take(bytes)) {
        for (std::size_t i = *offset; i < *offset + bytes; ++i) {
          REQUIRE_FALSE(used[i]);
          used[i] = true;
        }
        held.emplace_back(*offset, bytes);
      }
    } else {
      std::swap(held[random() % held.size()], held.back());
      const auto [offset, bytes] = held.back();
      held.pop_back();
      free.give(offset, bytes);
      for (std::size_t i = offset; i < offset + bytes; ++i) used[i] = false;
    }
    // The ranges are the runs of unused bytes, each as long as it can be.
    std::vector<bool> seen(kSize, true);
    std::size_t end_before = kSize + 1;
    for (const auto& [offset, bytes] : free.ranges()) {
      REQUIRE(offset != end_before);
      end_before = offset + bytes;
      for (std::size_t i = offset; i < offset + bytes; ++i) seen[i] = false;
    }
    REQUIRE(seen == used);
  }
}

}  // namespace nibble::free_ranges_test
