#include "core/files/file_lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

namespace nibble::file_lock_test {
namespace {

bool taken(const std::variant<FileLock, LockHolder>& result) {
  return std::holds_alternative<FileLock>(result);
}

// A process that takes the lock and holds it until it is killed.
pid_t hold_in_another_process(const std::string& path) {
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = FileLock::take(path);
    const char word = taken(lock) ? 'y' : 'n';
    if (write(ready[1], &word, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char word = 0;
  REQUIRE(read(ready[0], &word, 1) == 1);
  CHECK(word == 'y');
  close(ready[0]), close(ready[1]);
  return child;
}

void end(pid_t child) {
  kill(child, SIGKILL);
  REQUIRE(waitpid(child, nullptr, 0) == child);
}

}  // namespace

TEST_CASE("a_lock_is_free_again_when_its_owner_goes_and_leaves_no_file") {
  const TemporaryDirectory directory;
  const std::string path = directory / "lock";
  CHECK_FALSE(FileLock::holder(path).has_value());
  {
    const auto first = FileLock::take(path);
    REQUIRE(taken(first));
    const auto second = FileLock::take(path);
    REQUIRE_FALSE(taken(second));
    CHECK(std::get<LockHolder>(second).process == getpid());
    CHECK(FileLock::holder(path).has_value());
  }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(taken(FileLock::take(path)));
}

TEST_CASE("a_lock_names_the_process_that_holds_it_and_survives_no_kill") {
  const TemporaryDirectory directory;
  const std::string path = directory / "lock";
  const pid_t child = hold_in_another_process(path);
  const auto refused = FileLock::take(path);
  REQUIRE_FALSE(taken(refused));
  const LockHolder& holder = std::get<LockHolder>(refused);
  CHECK(holder.process == child);
  CHECK_THAT(describe(holder), Catch::Matches("process [0-9]+ on .+ since 20[0-9-]+T[0-9:]+Z"));
  end(child);
  CHECK(std::filesystem::exists(path));  // what the dead left
  CHECK_FALSE(FileLock::holder(path).has_value());
  CHECK(taken(FileLock::take(path)));
}

TEST_CASE("a_lock_that_cannot_be_written_is_an_error") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(FileLock::take((directory / "missing/lock").string()),
                    Catch::Contains("missing/lock: cannot be opened"));
}

}  // namespace nibble::file_lock_test
