#include "datasets/files/data_file.h"

#include <catch2/catch.hpp>
#include <iterator>

#include "core/check.h"
#include "tests/support/temporary_directory.h"

namespace nibble::data_file_test {

TEST_CASE("open_data_file_tells_the_size_and_reads_from_the_start") {
  const TemporaryDirectory directory;
  write_file(directory / "a.bin", std::string("a\0\n", 3));
  DataFile file = open_data_file(directory / "a.bin", "three bytes");
  CHECK(file.path == (directory / "a.bin").string());
  CHECK(file.bytes == 3);
  CHECK(std::string(std::istreambuf_iterator<char>(file.stream), {}) == std::string("a\0\n", 3));
}

TEST_CASE("open_data_file_advises_where_the_file_is_missing") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(open_data_file(directory / "none", "a file of 7 bytes", fetch_advice("small")),
                    (directory / "none").string() +
                        ": No such file or directory; expected a file of 7 bytes (`nibble data fetch small` "
                        "downloads it)");
  CHECK_THROWS_WITH(open_data_file(directory.path(), "a file", fetch_advice("small")),
                    directory.path().string() + ": Is a directory; expected a file");
}

TEST_CASE("check_official_md5_names_the_file_and_both_sums") {
  CHECK_NOTHROW(check_official_md5("a.bin", "12", "12"));
  CHECK_THROWS_WITH(check_official_md5("a.bin", "12", "34"),
                    "a.bin: found MD5 12, expected 34; `dataset.verify = false` reads changed files");
}

}  // namespace nibble::data_file_test
