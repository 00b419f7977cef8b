#include "core/files/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/check.h"
#include "tests/support/damage.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_directory.h"

namespace nibble::atomic_file_test {
namespace {

long entries(const TemporaryDirectory& directory) {
  const std::filesystem::directory_iterator all(directory.path());
  return std::distance(begin(all), end(all));
}

}  // namespace

TEST_CASE("write_atomically_makes_and_replaces_a_file_and_leaves_nothing_beside_it") {
  const TemporaryDirectory directory;
  const std::string path = directory / "notes.txt";
  write_text_atomically(path, "first");
  CHECK(read_file(path) == "first");
  write_text_atomically(path, "");
  CHECK(read_file(path).empty());
  write_text_atomically(path, std::string(3'000'000, 'x'));
  CHECK(read_file(path).size() == 3'000'000);
  CHECK(entries(directory) == 1);
}

TEST_CASE("write_atomically_shows_the_old_content_until_the_new_one_is_whole") {
  const TemporaryDirectory directory;
  const std::string path = directory / "notes.txt";
  write_text_atomically(path, "old");
  write_atomically(path, [&](const std::string& aside) {
    CHECK(std::filesystem::path(aside).parent_path() == directory.path());
    write_file(aside, "half");
    CHECK(read_file(path) == "old");
  });
  CHECK(read_file(path) == "half");
}

TEST_CASE("write_atomically_keeps_the_old_file_when_the_writer_throws") {
  const TemporaryDirectory directory;
  const std::string path = directory / "notes.txt";
  write_text_atomically(path, "old");
  const auto half_then_throw = [&](const std::string& aside) {
    write_file(aside, "half");
    throw std::logic_error("broken off");
  };
  CHECK_THROWS_WITH(write_atomically(path, half_then_throw), "broken off");
  CHECK(read_file(path) == "old");
  CHECK(entries(directory) == 1);
}

TEST_CASE("write_text_atomically_keeps_the_old_file_on_a_full_disk") {
  const TemporaryDirectory directory;
  const std::string path = directory / "notes.txt";
  write_text_atomically(path, "old");
  {
    const FileSizeLimit full(10'000);
    CHECK_THAT(error_of([&] { write_text_atomically(path, std::string(20'000, 'x')); }),
               Catch::StartsWith(path + ".tmp-") && Catch::Contains("cannot be written: File too large"));
  }
  CHECK(read_file(path) == "old");
  CHECK(entries(directory) == 1);
}

TEST_CASE("write_text_atomically_follows_links_and_replaces_no_pipe") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "elsewhere");
  write_file(directory / "elsewhere/notes.txt", "old");
  std::filesystem::create_symlink("elsewhere/notes.txt", directory / "link");
  write_text_atomically((directory / "link").string(), "new");
  CHECK(std::filesystem::is_symlink(directory / "link"));
  CHECK(read_file(directory / "elsewhere/notes.txt") == "new");

  const std::string pipe = directory / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(error_of([&] { write_text_atomically(pipe, "text"); }) == pipe + ": is a pipe that nobody reads");
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  write_text_atomically(pipe, "text");
  char found[8] = {};
  CHECK(read(reader, found, sizeof found) == 4);
  CHECK(std::string(found) == "text");
  close(reader);
  CHECK(std::filesystem::is_fifo(pipe));
}

// /dev/stdout is a link to what standard output is, and a pipe has no name that a link could lead to.
TEST_CASE("write_text_atomically_writes_into_a_pipe_behind_a_link") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  write_text_atomically("/dev/fd/" + std::to_string(ends[1]), "text");
  char text[8] = {};
  CHECK(::read(ends[0], text, sizeof text) == 4);
  CHECK(std::string(text) == "text");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("remove_leftovers_takes_what_killed_writers_left_and_nothing_else") {
  const TemporaryDirectory directory;
  write_file(directory / "last.h5.tmp-4711", "half");
  write_file(directory / "last.h5", "whole");
  remove_leftovers(directory.path().string());
  CHECK(entries(directory) == 1);
  CHECK(read_text(directory / "last.h5") == "whole");
}

TEST_CASE("write_text_atomically_names_what_it_cannot_write") {
  const TemporaryDirectory directory;
  const std::string missing = directory / "no/such/file.txt";
  CHECK_THAT(error_of([&] { write_text_atomically(missing, "text"); }),
             Catch::StartsWith(missing) && Catch::EndsWith("cannot be created: No such file or directory"));

  const std::string taken = directory / "taken";
  std::filesystem::create_directory(taken);
  CHECK(error_of([&] { write_text_atomically(taken, "text"); }) ==
        taken + ": cannot be replaced: Is a directory");
  CHECK(entries(directory) == 1);
}

TEST_CASE("write_atomically_refuses_a_writer_that_writes_nothing") {
  const TemporaryDirectory directory;
  const std::string path = directory / "notes.txt";
  CHECK_THAT(error_of([&] { write_atomically(path, [](const std::string&) {}); }),
             Catch::EndsWith("cannot be opened: No such file or directory"));
  CHECK(entries(directory) == 0);
}

}  // namespace nibble::atomic_file_test
