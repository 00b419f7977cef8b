#include "datasets/stream/epoch_order.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <thread>

namespace nibble::epoch_order_test {

TEST_CASE("every_epoch_has_a_permutation_of_its_own") {
  EpochOrder order(100, Rng(1));
  std::vector<long> all(100);
  std::iota(all.begin(), all.end(), 0);
  std::vector<long> first = *order.of(0), second = *order.of(1);
  CHECK(first != all);
  CHECK(first != second);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  CHECK(first == all);
  CHECK(second == all);
}

TEST_CASE("an_order_depends_on_the_epoch_and_not_on_what_was_asked_before") {
  EpochOrder forward(50, Rng(2)), backward(50, Rng(2));
  std::vector<std::vector<long>> orders;
  for (long epoch = 0; epoch < 6; ++epoch) {
    orders.push_back(*forward.of(epoch));
    CHECK(orders.back() == shuffled(50, Rng(2).stream(static_cast<std::uint64_t>(epoch))));
  }
  for (long epoch = 5; epoch >= 0; --epoch) {
    CHECK(*backward.of(epoch) == orders[static_cast<std::size_t>(epoch)]);
  }
}

TEST_CASE("the_orders_of_two_neighbouring_epochs_are_kept") {
  EpochOrder order(10, Rng(3));
  const auto first = order.of(4), second = order.of(5);
  CHECK(order.of(4) == first);
  CHECK(order.of(5) == second);
  order.of(6);
  CHECK(order.of(4) != first);    // made again
  CHECK(*order.of(4) == *first);  // and equal
}

TEST_CASE("threads_may_ask_for_different_epochs_at_once") {
  EpochOrder order(200, Rng(4));
  std::vector<std::thread> threads;
  std::vector<int> right(8, 0);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (long epoch = 0; epoch < 20; ++epoch) {
        const auto expected = shuffled(200, Rng(4).stream(static_cast<std::uint64_t>(epoch + t % 3)));
        right[static_cast<std::size_t>(t)] += *order.of(epoch + t % 3) == expected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == std::vector<int>(8, 20));
}

}  // namespace nibble::epoch_order_test
