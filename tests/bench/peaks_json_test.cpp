#include "bench/peaks_json.h"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

namespace nibble::bench::peaks_json_test {

TEST_CASE("peaks_return_from_their_file_as_they_were") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "machine.json").string();
  CHECK_THROWS_WITH(read_peaks(path), Catch::Contains("machine.json: cannot be read"));
  write_file(path, "[]");
  CHECK_THROWS_WITH(read_peaks(path), Catch::Contains("holds no peaks"));
  const MachinePeaks peaks{2, 2e11, 4e11, 8e11, 2e11, 1e11, 3e10};
  write_file(path, peaks_to_json(peaks));
  const MachinePeaks read = read_peaks(path);
  CHECK(read.threads == 2);
  CHECK(read.bfloat16 == Approx(4e11));
  CHECK(read.memory == Approx(3e10));
}

TEST_CASE("peaks_without_an_instruction_fall_back_on_float32") {
  MachinePeaks peaks{1, 5, 0, 9, 1, 1, 1};
  CHECK(peaks.operations(Products::int8) == 9);
  CHECK(peaks.operations(Products::bfloat16) == 5);
  CHECK(peaks.operations(Products::none) == 5);
  CHECK_THAT(describe(peaks), Catch::Contains("1 threads") && Catch::Contains("no bfloat16"));
}

}  // namespace nibble::bench::peaks_json_test
