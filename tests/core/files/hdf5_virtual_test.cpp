#include <hdf5.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "core/check.h"
#include "core/files/hdf5_file.h"
#include "tests/support/temporary_directory.h"

namespace nibble::hdf5_virtual_test {
namespace {

// What HDF5 itself reads, through the files that a dataset names.
template <typename T>
std::vector<T> read_all(const std::string& path, const char* dataset, hid_t type, std::size_t count) {
  std::vector<T> values(count);
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  REQUIRE(file >= 0);
  const hid_t opened = H5Dopen2(file, dataset, H5P_DEFAULT);
  REQUIRE(H5Dread(opened, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) >= 0);
  H5Dclose(opened);
  H5Fclose(file);
  return values;
}

void write_part(const std::string& path, const std::vector<double>& losses, const Array<long>& counts) {
  Hdf5File file = Hdf5File::create(path, 512);
  file.write("/a/loss", losses);
  file.write("/counts", counts);
  file.close();
}

}  // namespace

TEST_CASE("virtual_datasets_read_the_files_beside_them_and_fill_what_is_missing") {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory / "before/runs");
  write_part((directory / "before/runs/1.h5").string(), {0.5, 0.25}, Array<long>({1, 2}, {1, 2}));
  write_part((directory / "before/runs/2.h5").string(), {3, 2, 1}, Array<long>({2, 2}, {3, 4, 5, 6}));
  Hdf5File file = Hdf5File::create((directory / "before/all.h5").string(), 0, Hdf5Readers::since_1_10);
  file.write_virtual(
      "/b/loss", Hdf5Kind::real,
      {{"runs/1.h5", "/a/loss", {2}}, {"runs/2.h5", "/a/loss", {3}}, {"gone.h5", "/a/loss", {}}});
  file.write_virtual("/counts", Hdf5Kind::integer,
                     {{"runs/1.h5", "/counts", {1, 2}}, {"runs/2.h5", "/counts", {2, 2}}});
  file.close();
  std::filesystem::rename(directory / "before", directory / "after");
  const std::string all = (directory / "after/all.h5").string();

  const std::vector<double> losses = read_all<double>(all, "/b/loss", H5T_NATIVE_DOUBLE, 9);
  const double nan = std::nan("");
  const double expected[] = {0.5, 0.25, nan, 3, 2, 1, nan, nan, nan};
  for (std::size_t i = 0; i < losses.size(); ++i) {
    INFO(i);
    CHECK((losses[i] == expected[i] || (std::isnan(losses[i]) && std::isnan(expected[i]))));
  }
  CHECK(read_all<long>(all, "/counts", H5T_NATIVE_LONG, 8) == std::vector<long>{1, 2, -1, -1, 3, 4, 5, 6});

  const Hdf5File opened = Hdf5File::open(all);
  CHECK(opened.outline("/counts").kind == Hdf5Kind::integer);
  CHECK(opened.outline("/counts").extents == std::vector<long>{2, 2, 2});
  CHECK_THROWS_WITH(opened.read_array<double>("/b/loss"), Catch::Contains("more than the file holds"));
}

TEST_CASE("virtual_datasets_refuse_parts_of_other_forms") {
  const TemporaryDirectory directory;
  Hdf5File file = Hdf5File::create((directory / "all.h5").string(), 0, Hdf5Readers::since_1_10);
  CHECK_THROWS_WITH(
      file.write_virtual("/x", Hdf5Kind::real, {{"1.h5", "/x", {1, 2}}, {"2.h5", "/x", {1, 3}}}),
      Catch::Contains("found extents of another form in 2.h5"));
  CHECK_THROWS_WITH(file.write_virtual("/x", Hdf5Kind::real, {{"1.h5", "/x", {}}}),
                    Catch::Contains("has no part"));
  CHECK_THROWS_AS(file.write_virtual("/x", Hdf5Kind::text, {{"1.h5", "/x", {1}}}), Error);
}

}  // namespace nibble::hdf5_virtual_test
