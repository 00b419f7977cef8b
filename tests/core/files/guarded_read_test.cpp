#include "core/files/guarded_read.h"

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "core/check.h"

namespace nibble::guarded_read_test {
namespace {

// Needs a stack of more than a megabyte, which has to grow for it.
int deep() {
  volatile char stack[std::size_t{2} << 20];
  for (std::size_t i = 0; i < sizeof stack; i += 4096) stack[i] = 1;
  return stack[0];
}

}  // namespace

TEST_CASE("a_reader_has_room_whatever_address_space_its_process_has_taken") {
  constexpr std::size_t kTaken = std::size_t{8} << 30;  // as the buffer pool takes it
  void* const taken = mmap(nullptr, kTaken, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  REQUIRE(taken != MAP_FAILED);
  CHECK_NOTHROW(try_in_another_process("a.h5", "a whole one", [] { deep(); }));
  munmap(taken, kTaken);
}

TEST_CASE("a_reader_that_crashes_is_told_of") {
  CHECK_THROWS_WITH(
      try_in_another_process("a.h5", "a whole one", [] { std::raise(SIGSEGV); }),
      "a.h5: found a damaged HDF5 file, which crashes its reader (Segmentation fault); expected "
      "a whole one");
}

TEST_CASE("a_reader_that_waits_for_its_file_is_no_reader_of_a_damaged_one") {
  CHECK_NOTHROW(try_in_another_process("a.h5", "a whole one", [] { sleep(5); }));
}

TEST_CASE("a_reader_that_refuses_its_file_is_quoted_and_the_file_is_not_read_again") {
  int read = 0;  // here; the copy counts for itself
  const auto refuse = [&] {
    ++read;
    fail("a.h5: found a hole");
  };
  CHECK_THROWS_WITH(try_in_another_process("a.h5", "a whole one", refuse), "a.h5: found a hole");
  CHECK_THROWS_AS(try_in_another_process("a.h5", "a whole one", refuse), Error);
  CHECK(read == 0);
  CHECK_THROWS_WITH(
      try_in_another_process("a.h5", "a whole one", [] { fail("a.h5: ", std::string(100000, 'x')); }),
      Catch::StartsWith("a.h5: xxx"));
}

}  // namespace nibble::guarded_read_test
