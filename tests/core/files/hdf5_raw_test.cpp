// Bytes that lie in one piece in an HDF5 file.

#include <catch2/catch.hpp>
#include <fstream>

#include "core/check.h"
#include "core/files/hdf5_file.h"
#include "tests/support/temporary_directory.h"

namespace nibble::hdf5_raw_test {

TEST_CASE("reserved_bytes_are_written_in_place_and_read_by_name") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "a.h5").string(), bytes = "the bytes of a picture";
  Hdf5File file = Hdf5File::create_on_disk(path, 4096);
  file.write("labels", std::vector<int>{3, 1});
  file.set_attribute("/", "kind", "test");
  const std::size_t offset = file.reserve("train/bytes", bytes.size());
  file.close();
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(static_cast<long>(offset))
      << bytes;

  const Hdf5File read = Hdf5File::open(path);
  CHECK(read.offset_of("train/bytes", bytes.size()) == offset);
  const auto stored = read.read_vector<unsigned char>("train/bytes");
  CHECK(std::string(stored.begin(), stored.end()) == bytes);
  CHECK(read.read_vector<int>("labels") == std::vector<int>{3, 1});
  CHECK_THROWS_WITH(read.offset_of("train/bytes", 5),
                    Catch::Contains("'train/bytes' with 22 elements, expected 5 bytes"));
  CHECK_THROWS_WITH(read.offset_of("labels", 2), Catch::Contains("expected 2 bytes"));
}

TEST_CASE("a_disk_without_room_is_found_before_anything_is_written") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "a.h5").string();
  CHECK_THROWS_WITH(Hdf5File::create_on_disk(path, std::size_t{1} << 60),
                    Catch::StartsWith(path + ": cannot be written") && Catch::Contains("expected room for"));
}

}  // namespace nibble::hdf5_raw_test
