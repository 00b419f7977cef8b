#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <stdexcept>

namespace nibble::parallel_test {
namespace {

// Sets the number of threads for one test.
class Threads {
 public:
  explicit Threads(int count) : before_(threads()) { set_threads(count); }
  ~Threads() { set_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

}  // namespace

TEST_CASE("cut_covers_everything_once_in_nearly_equal_ranges") {
  for (const long n : {0L, 1L, 7L, 8L, 9L, 1000003L}) {
    for (const long pieces : {0L, 1L, 3L, 8L}) {
      INFO(n << " in " << pieces);
      const std::vector<Range> ranges = cut(n, pieces);
      CHECK(static_cast<long>(ranges.size()) == std::clamp(pieces, 1L, std::max(n, 1L)));
      long at = 0;
      for (const Range range : ranges) {
        CHECK(range.begin == at);
        CHECK(std::abs(range.size() - n / static_cast<long>(ranges.size())) <= 1);
        at = range.end;
      }
      CHECK(at == n);
    }
  }
}

TEST_CASE("parallel_for_visits_every_index_once") {
  for (const int count : {1, 2, 4}) {
    const Threads guard(count);
    std::vector<std::atomic<int>> visits(1000);
    parallel_for(1000, [&](long i) { ++visits[static_cast<std::size_t>(i)]; });
    CHECK(std::all_of(visits.begin(), visits.end(), [](const auto& v) { return v == 1; }));
  }
}

TEST_CASE("parallel_for_of_nothing_calls_nothing") {
  int calls = 0;
  parallel_for(0, [&](long) { ++calls; });
  CHECK(calls == 0);
}

TEST_CASE("the_exception_of_a_body_reaches_the_caller") {
  for (const int count : {1, 3}) {
    const Threads guard(count);
    const auto body = [](long i) {
      if (i == 37) throw std::runtime_error("index 37");
    };
    CHECK_THROWS_WITH(parallel_for(100, body), "index 37");
  }
}

TEST_CASE("a_parallel_for_inside_a_body_runs_serially") {
  const Threads guard(4);
  std::vector<long> sums(8);
  parallel_for(8, [&](long i) {
    long& sum = sums[static_cast<std::size_t>(i)];
    parallel_for(100, [&](long k) { sum += k; });  // a race, were it not serial
  });
  CHECK(sums == std::vector<long>(8, 4950));
}

TEST_CASE("parallel_chunks_cover_the_range_in_chunks_of_at_most_the_grain") {
  const Threads guard(2);
  for (const long n : {0L, 1L, 99L, 100L, 101L, 1234L}) {
    INFO(n);
    std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
    std::atomic<bool> small{true};
    parallel_chunks(n, 100, [&](Range range) {
      if (range.size() > 100) small = false;
      for (long i = range.begin; i < range.end; ++i) ++visits[static_cast<std::size_t>(i)];
    });
    CHECK(small);
    CHECK(std::all_of(visits.begin(), visits.end(), [](const auto& v) { return v == 1; }));
  }
}

TEST_CASE("threads_follow_set_threads_and_one_thread_holds_while_it_lives") {
  const Threads guard(3);
  CHECK(threads() == 3);
  {
    const OneThread serial;
    CHECK(threads() == 1);
  }
  CHECK(threads() == 3);
  set_threads(0);
  CHECK(threads() >= 1);
}

}  // namespace nibble::parallel_test
