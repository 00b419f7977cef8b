#include "datasets/stream/prefetch.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "core/check.h"

using namespace nibble;

namespace {

Batch numbered(long index) { return {Tensor({1}), Array<int>({1}, {static_cast<int>(index)})}; }

// Waits for a state that the producer is bound to reach; a minute stands for never.
template <typename Condition>
bool reached(Condition condition) {
  for (int i = 0; i < 60000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return condition();
}

}  // namespace

TEST_CASE("prefetch_yields_batches_in_order_with_and_without_a_thread") {
  for (const int ahead : {0, 1, 3}) {
    Prefetch prefetch(numbered, ahead);
    for (long i = 0; i < 50; ++i) {
      REQUIRE(prefetch.position() == i);
      REQUIRE(prefetch.next().labels[0] == i);
    }
  }
}

TEST_CASE("prefetch_stays_at_most_the_given_number_of_batches_ahead") {
  std::atomic<long> made = 0;
  Prefetch prefetch([&](long index) { return ++made, numbered(index); }, 3);
  REQUIRE(reached([&] { return made == 3; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK(made == 3);
  prefetch.next();
  REQUIRE(reached([&] { return made == 4; }));
}

TEST_CASE("prefetch_works_on_another_thread_only_if_asked_to") {
  for (const int ahead : {0, 1}) {
    std::atomic<bool> same = false;
    const auto consumer = std::this_thread::get_id();
    Prefetch prefetch(
        [&](long index) { return same = std::this_thread::get_id() == consumer, numbered(index); }, ahead);
    prefetch.next();
    CHECK(same == (ahead == 0));
  }
}

TEST_CASE("seek_drops_what_was_computed_ahead") {
  for (const int ahead : {0, 1, 3}) {
    Prefetch prefetch(numbered, ahead);
    for (const long target : {7L, 0L, 100L, 3L}) {
      prefetch.next();
      prefetch.seek(target);
      REQUIRE(prefetch.position() == target);
      REQUIRE(prefetch.next().labels[0] == target);
      REQUIRE(prefetch.next().labels[0] == target + 1);
    }
  }
}

TEST_CASE("an_exception_of_the_producer_arrives_in_its_turn_and_stays_until_a_seek") {
  for (const int ahead : {0, 3}) {
    Prefetch prefetch([](long index) { return check(index != 2, "batch 2 is bad"), numbered(index); }, ahead);
    CHECK(prefetch.next().labels[0] == 0);
    CHECK(prefetch.next().labels[0] == 1);
    CHECK_THROWS_WITH(prefetch.next(), "batch 2 is bad");
    CHECK_THROWS_WITH(prefetch.next(), "batch 2 is bad");
    prefetch.seek(3);
    CHECK(prefetch.next().labels[0] == 3);
  }
}

TEST_CASE("prefetch_ends_in_every_state_of_its_producer") {
  { const Prefetch just_begun(numbered, 3); }
  std::atomic<int> made = 0;
  {
    const Prefetch full([&](long index) { return ++made, numbered(index); }, 2);
    REQUIRE(reached([&] { return made == 2; }));
  }
  std::atomic<bool> inside = false;
  {
    const Prefetch busy(
        [&](long index) {
          inside = true;
          std::this_thread::sleep_for(std::chrono::milliseconds(30));
          return numbered(index);
        },
        2);
    REQUIRE(reached([&] { return inside.load(); }));
  }
  std::atomic<bool> thrown = false;
  {
    const Prefetch failed(
        [&](long) -> Batch {
          thrown = true;
          throw Error("bad");
        },
        2);
    REQUIRE(reached([&] { return thrown.load(); }));
  }
  SUCCEED("all four ended");
}
