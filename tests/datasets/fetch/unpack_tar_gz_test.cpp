#include "datasets/fetch/unpack_tar_gz.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <iterator>

#include "core/check.h"
#include "tests/datasets/fetch/tar_gz.h"
#include "tests/support/temporary_directory.h"

namespace nibble::unpack_tar_gz_test {
namespace {

const std::string kLong(1500, 'l');

std::string usual_archive() {
  return tar_member("set/", "", '5') + tar_member("set/readme.html", "<html>") +
         tar_member("set/a.bin", kLong) + tar_member("set/deep/b.bin", "") +
         tar_member("set/c.bin", std::string(512, 'c')) + tar_end();
}

long entries_in(const std::filesystem::path& directory) {
  return std::distance(std::filesystem::directory_iterator(directory), std::filesystem::directory_iterator());
}

}  // namespace

TEST_CASE("unpack_takes_out_the_wanted_files_and_no_others") {
  const TemporaryDirectory directory;
  write_gz(directory / "x.tar.gz", usual_archive());
  unpack_tar_gz(directory / "x.tar.gz", {"a.bin", "b.bin", "c.bin"}, directory / "out/new");
  CHECK(read_file(directory / "out/new/a.bin") == kLong);
  CHECK(read_file(directory / "out/new/b.bin").empty());
  CHECK(read_file(directory / "out/new/c.bin") == std::string(512, 'c'));
  CHECK(entries_in(directory / "out/new") == 3);
}

TEST_CASE("unpack_reads_what_the_tar_program_writes") {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory / "set");
  write_file(directory / "set/a.bin", kLong);
  const std::string at = " -C '" + directory.path().string() + "' ";
  for (const char* const format : {"gnu", "ustar", "pax"}) {
    REQUIRE(
        std::system(("tar czf '" + (directory / "x.tar.gz").string() + "' --format=" + format + at + "set")
                        .c_str()) == 0);
    unpack_tar_gz(directory / "x.tar.gz", {"a.bin"}, directory / format);
    CHECK(read_file(directory / (std::string(format) + "/a.bin")) == kLong);
  }
}

TEST_CASE("unpack_replaces_files_and_leaves_nothing_else_behind") {
  const TemporaryDirectory directory;
  write_gz(directory / "x.tar.gz", usual_archive());
  std::filesystem::create_directory(directory / "out");
  write_file(directory / "out/a.bin", "damaged");
  unpack_tar_gz(directory / "x.tar.gz", {"a.bin"}, directory / "out");
  CHECK(read_file(directory / "out/a.bin") == kLong);
  CHECK(entries_in(directory / "out") == 1);
}

TEST_CASE("unpack_never_writes_outside_of_its_directory") {
  const TemporaryDirectory directory;
  write_gz(directory / "x.tar.gz", tar_member("../../a.bin", "evil") + tar_end());
  unpack_tar_gz(directory / "x.tar.gz", {"a.bin"}, directory / "deep/out");
  CHECK(read_file(directory / "deep/out/a.bin") == "evil");
  CHECK(entries_in(directory.path()) == 2);
}

TEST_CASE("unpack_does_not_follow_a_link_of_a_wanted_name") {
  const TemporaryDirectory directory;
  write_gz(directory / "x.tar.gz", tar_member("a.bin", "", '2') + tar_end());
  CHECK_THROWS_WITH(unpack_tar_gz(directory / "x.tar.gz", {"a.bin"}, directory / "out"),
                    Catch::Contains("found no file a.bin in it"));
}

TEST_CASE("unpack_names_a_missing_file_and_changes_nothing") {
  const TemporaryDirectory directory;
  write_gz(directory / "x.tar.gz", usual_archive());
  CHECK_THROWS_WITH(unpack_tar_gz(directory / "x.tar.gz", {"a.bin", "z.bin"}, directory / "out"),
                    (directory / "x.tar.gz").string() + ": found no file z.bin in it, expected 2 files");
  CHECK(entries_in(directory / "out") == 0);
}

TEST_CASE("unpack_refuses_archives_that_are_cut_short_or_damaged") {
  const TemporaryDirectory directory;
  const auto archive = directory / "x.tar.gz";
  const auto message =
      Catch::StartsWith(archive.string() + ": damaged or cut short, expected a whole .tar.gz");
  write_gz(archive, usual_archive());
  const std::string whole = read_file(archive);

  write_file(archive, whole.substr(0, whole.size() / 2));
  CHECK_THROWS_WITH(unpack_tar_gz(archive, {"a.bin", "c.bin"}, directory / "out"), message);
  write_gz(archive, usual_archive().substr(0, 2500));  // ends inside a.bin
  CHECK_THROWS_WITH(unpack_tar_gz(archive, {"a.bin", "c.bin"}, directory / "out"), message);
  std::string flipped = whole;
  flipped[whole.size() / 2] = static_cast<char>(~flipped[whole.size() / 2]);
  write_file(archive, flipped);
  CHECK_THROWS_AS(unpack_tar_gz(archive, {"a.bin", "c.bin"}, directory / "out"), Error);
  std::string tar = usual_archive();
  tar[513] = 'x';  // in the second header
  write_gz(archive, tar);
  CHECK_THROWS_WITH(unpack_tar_gz(archive, {"a.bin"}, directory / "out"),
                    archive.string() + ": found a block that is no tar header, expected a tar archive");
  CHECK(entries_in(directory / "out") == 0);
}

TEST_CASE("unpack_names_an_archive_that_is_not_there") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(unpack_tar_gz(directory / "x.tar.gz", {"a"}, directory.path()),
                    (directory / "x.tar.gz").string() + ": cannot be read: No such file or directory");
}

}  // namespace nibble::unpack_tar_gz_test
