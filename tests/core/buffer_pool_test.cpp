#include "core/buffer_pool.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace nibble::buffer_pool_test {

TEST_CASE("a_freed_buffer_serves_the_next_request_of_its_size") {
  buffer_pool::trim();
  void* first = nullptr;
  {
    const auto buffer = buffer_pool::acquire(1000);
    first = buffer.get();
  }
  CHECK(buffer_pool::acquire(1000).get() == first);
  const auto other = buffer_pool::acquire(100000);
  CHECK(other.get() != first);
}

TEST_CASE("two_freed_neighbours_serve_a_request_of_both_sizes") {
  constexpr std::size_t kMiB = std::size_t{1} << 20;
  buffer_pool::trim();
  auto a = buffer_pool::acquire(3 * kMiB), b = buffer_pool::acquire(5 * kMiB);
  const auto behind = buffer_pool::acquire(kMiB);
  const std::size_t reach = buffer_pool::usage().reach;
  a.reset();
  b.reset();
  const auto both = buffer_pool::acquire(7 * kMiB);
  CHECK(buffer_pool::usage().reach == reach);
}

TEST_CASE("two_living_buffers_are_never_the_same") {
  const auto a = buffer_pool::acquire(256), b = buffer_pool::acquire(256);
  CHECK(a.get() != b.get());
}

TEST_CASE("usage_counts_what_is_held_and_its_peak_since_the_last_trim") {
  buffer_pool::trim();
  const buffer_pool::Usage before = buffer_pool::usage();
  CHECK(before.peak == before.in_use);
  std::size_t held = 0;
  {
    const auto buffer = buffer_pool::acquire(1 << 20);
    held = buffer_pool::usage().in_use - before.in_use;
    CHECK(held >= 1 << 20);
    CHECK(held <= (1 << 20) + 4096);
  }
  const buffer_pool::Usage after = buffer_pool::usage();
  CHECK(after.in_use == before.in_use);
  CHECK(after.peak == before.in_use + held);
  CHECK(after.reach >= before.reach);
  buffer_pool::trim();
  CHECK(buffer_pool::usage().peak == before.in_use);
  CHECK(buffer_pool::usage().reach == before.reach);
}

TEST_CASE("trim_keeps_what_is_held") {
  const auto held = buffer_pool::acquire(1 << 20);
  std::memset(held.get(), 7, 1 << 20);
  { const auto freed = buffer_pool::acquire(1 << 20); }
  buffer_pool::trim();
  const auto* const bytes = static_cast<const char*>(held.get());
  CHECK(std::all_of(bytes, bytes + (1 << 20), [](char byte) { return byte == 7; }));
}

TEST_CASE("buffers_are_aligned_to_a_cache_line_and_writable_to_their_end") {
  for (const std::size_t bytes : {1ul, 63ul, 64ul, 65ul, 4097ul, 5ul << 20}) {
    INFO(bytes << " bytes");
    const auto buffer = buffer_pool::acquire(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.get()) % 64 == 0);
    std::memset(buffer.get(), 1, bytes);
    CHECK(static_cast<const char*>(buffer.get())[bytes - 1] == 1);
  }
}

TEST_CASE("threads_may_acquire_and_release_at_once") {
  const std::size_t before = buffer_pool::usage().in_use;
  const auto work = [](unsigned char mark, bool* intact) {
    for (int i = 0; i < 2000; ++i) {
      const auto buffer = buffer_pool::acquire(512);
      auto* const bytes = static_cast<unsigned char*>(buffer.get());
      std::memset(bytes, mark, 512);
      for (int k = 0; k < 512; ++k) *intact = *intact && bytes[k] == mark;
    }
  };
  bool intact[3] = {true, true, true};
  std::vector<std::thread> workers;
  for (unsigned char t = 0; t < 3; ++t) workers.emplace_back(work, t, &intact[t]);
  for (std::thread& worker : workers) worker.join();
  CHECK((intact[0] && intact[1] && intact[2]));
  CHECK(buffer_pool::usage().in_use == before);
}

}  // namespace nibble::buffer_pool_test
