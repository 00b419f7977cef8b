#include "datasets/stream/prefetch.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "core/check.h"

namespace nibble::prefetch_test {
namespace {

Batch numbered(long index) { return {Tensor({1}), ClassTargets{Array<int>({1}, {static_cast<int>(index)})}}; }

int number(const Batch& batch) { return categories(batch.targets, "test")[0]; }

// Batches that take different times, so that threads finish out of order.
Batch uneven(long index) {
  std::this_thread::sleep_for(std::chrono::microseconds(index * 7919 % 11 * 100));
  return numbered(index);
}

// No thread, one, and several with as few and with more batches in flight.
const std::vector<PrefetchOptions> kOptions{{.threads = 1, .ahead = 0}, {.threads = 1, .ahead = 1},
                                            {.threads = 1, .ahead = 3}, {.threads = 2, .ahead = 2},
                                            {.threads = 2, .ahead = 5}, {.threads = 4, .ahead = 6},
                                            {.threads = 8, .ahead = 8}, {.threads = 8, .ahead = 20}};

std::string described(const PrefetchOptions& options) {
  return str(options.threads, " threads, ", options.ahead, " batches in flight");
}

// Waits for a state that the threads are bound to reach; a minute stands for never.
template <typename Condition>
bool reached(Condition condition) {
  for (int i = 0; i < 60000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return condition();
}

}  // namespace

TEST_CASE("prefetch_yields_batches_in_order_with_any_number_of_threads") {
  for (const PrefetchOptions& options : kOptions) {
    INFO(described(options));
    Prefetch prefetch(uneven, options);
    for (long i = 0; i < 100; ++i) {
      REQUIRE(prefetch.position() == i);
      REQUIRE(number(prefetch.next()) == i);
    }
  }
}

TEST_CASE("prefetch_has_at_most_the_given_number_of_batches_in_flight") {
  for (const int threads : {1, 2, 4}) {
    std::atomic<long> made = 0;
    Prefetch prefetch([&](long index) { return ++made, numbered(index); }, {.threads = threads, .ahead = 5});
    for (long taken = 0; taken < 4; ++taken) {
      REQUIRE(reached([&] { return made == 5 + taken; }));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      CHECK(made == 5 + taken);
      prefetch.next();
    }
  }
}

TEST_CASE("prefetch_makes_as_many_batches_at_once_as_it_has_threads") {
  for (const int threads : {1, 2, 4, 8}) {
    std::atomic<int> inside = 0, most = 0;
    std::atomic<bool> met = false;
    Prefetch prefetch(
        [&](long index) {
          const int now = ++inside;
          for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          if (now == threads) met = true;
          reached([&] { return met.load(); });  // nobody leaves before all were inside
          --inside;
          return numbered(index);
        },
        {.threads = threads, .ahead = threads});
    CHECK(number(prefetch.next()) == 0);
    CHECK(met);
    for (int i = 1; i < 20; ++i) prefetch.next();
    CHECK(most == threads);
  }
}

TEST_CASE("prefetch_works_on_another_thread_only_if_asked_to") {
  for (const int ahead : {0, 1}) {
    std::atomic<bool> same = false;
    const auto consumer = std::this_thread::get_id();
    Prefetch prefetch(
        [&](long index) { return same = std::this_thread::get_id() == consumer, numbered(index); },
        {.threads = 1, .ahead = ahead});
    prefetch.next();
    CHECK(same == (ahead == 0));
  }
}

TEST_CASE("seek_drops_what_was_computed_ahead") {
  for (const PrefetchOptions& options : kOptions) {
    INFO(described(options));
    Prefetch prefetch(uneven, options);
    for (const long target : {7L, 0L, 100L, 3L}) {
      prefetch.next();
      prefetch.seek(target);
      REQUIRE(prefetch.position() == target);
      for (long i = 0; i < 30; ++i) REQUIRE(number(prefetch.next()) == target + i);
    }
  }
}

TEST_CASE("an_exception_of_a_thread_arrives_in_its_turn_and_stays_until_a_seek") {
  for (const PrefetchOptions& options : kOptions) {
    INFO(described(options));
    Prefetch prefetch(
        [](long index) { return check(index % 10 != 2, "batch ", index, " is bad"), uneven(index); },
        options);
    CHECK(number(prefetch.next()) == 0);
    CHECK(number(prefetch.next()) == 1);
    CHECK_THROWS_WITH(prefetch.next(), "batch 2 is bad");
    CHECK_THROWS_AS(prefetch.next(), Error);
    CHECK(prefetch.position() == 2);
    prefetch.seek(3);
    for (long i = 3; i < 12; ++i) CHECK(number(prefetch.next()) == i);
    CHECK_THROWS_WITH(prefetch.next(), "batch 12 is bad");
    prefetch.seek(0);
    CHECK(number(prefetch.next()) == 0);
  }
}

TEST_CASE("nothing_is_begun_behind_a_batch_that_failed") {
  std::atomic<long> begun = 0;
  Prefetch prefetch([&](long index) { return ++begun, check(index != 0, "bad"), numbered(index); },
                    {.threads = 1, .ahead = 3});
  CHECK_THROWS_WITH(prefetch.next(), "bad");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(begun == 1);
}

TEST_CASE("prefetch_ends_in_every_state_of_its_threads") {
  for (const int threads : {1, 2, 4, 8}) {
    const PrefetchOptions options{.threads = threads, .ahead = threads + 1};
    { const Prefetch just_begun(numbered, options); }
    std::atomic<int> made = 0;
    {
      const Prefetch full([&](long index) { return ++made, numbered(index); }, options);
      REQUIRE(reached([&] { return made == threads + 1; }));
    }
    std::atomic<int> inside = 0, finished = 0;
    {
      const Prefetch busy(
          [&](long index) {
            ++inside;
            std::this_thread::sleep_for(std::chrono::milliseconds(30));
            return ++finished, numbered(index);
          },
          options);
      REQUIRE(reached([&] { return inside >= threads; }));
    }
    CHECK(finished == inside);  // a batch in work is finished, and none is begun
    std::atomic<bool> thrown = false;
    {
      const Prefetch failed([&](long) -> Batch { return thrown = true, throw Error("bad"), Batch(); },
                            options);
      REQUIRE(reached([&] { return thrown.load(); }));
    }
    {
      Prefetch moved(uneven, options);
      moved.seek(50);
    }
  }
}

TEST_CASE("prefetch_refuses_fewer_batches_than_threads") {
  CHECK_THROWS_WITH(
      Prefetch(numbered, {.threads = 4, .ahead = 3}),
      "prefetch: found 4 threads and 3 batches in flight, expected at least 1 thread and a batch "
      "for each, or 0 batches");
  CHECK_THROWS_AS(Prefetch(numbered, {.threads = 0, .ahead = 3}), Error);
  CHECK_THROWS_AS(Prefetch(numbered, {.threads = 1, .ahead = -1}), Error);
}

}  // namespace nibble::prefetch_test
