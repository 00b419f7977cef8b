#include "core/files/mapped_rows.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"
#include "tests/support/temporary_directory.h"

namespace nibble::mapped_rows_test {

TEST_CASE("rows_in_a_file_are_what_was_written_in_any_order") {
  const TemporaryDirectory directory;
  MappedRows rows(directory.path().string(), 5, {2, 3});
  const Tensor first = uniform({3, 2, 3}, 1), last = uniform({2, 2, 3}, 2);
  rows.write(0, first);
  rows.write(3, last);
  check_close("written", rows.read(0, 3), first, 0);
  const Tensor drawn = rows.read({4, 0, 4});
  for (long i = 0; i < 6; ++i) {
    CHECK(drawn[i] == last[6 + i]);
    CHECK(drawn[6 + i] == first[i]);
    CHECK(drawn[12 + i] == last[6 + i]);
  }
  CHECK(std::filesystem::is_empty(directory.path()));  // the file has no name
}

TEST_CASE("rows_in_a_file_refuse_what_does_not_fit") {
  const TemporaryDirectory directory;
  MappedRows rows(directory.path().string(), 2, {3});
  CHECK_THROWS_WITH(rows.write(1, Tensor({2, 3})), Catch::Contains("expected rows [3] up to 2"));
  CHECK_THROWS_WITH(rows.write(0, Tensor({1, 4})), Catch::Contains("expected rows"));
  CHECK_THROWS_WITH(rows.read({2}), Catch::Contains("found row 2"));
  CHECK_THROWS_WITH(MappedRows((directory / "none").string(), 1, {1}), Catch::Contains("can be written"));
  CHECK_THROWS_WITH(MappedRows(directory.path().string(), 1L << 40, {1L << 10}),
                    Catch::Contains("found no room"));
}

}  // namespace nibble::mapped_rows_test
