// What other programs write into HDF5 files: promises that a reader must not believe.
#include <hdf5.h>

#include <catch2/catch.hpp>
#include <functional>

#include "core/files/hdf5_file.h"
#include "tests/support/damage.h"
#include "tests/support/temporary_directory.h"

namespace nibble::hdf5_foreign_test {
namespace {

/// A file that HDF5's own functions fill.
class ForeignFile {
 public:
  explicit ForeignFile(const std::function<void(hid_t)>& fill) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    const hid_t file = H5Fcreate(path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    fill(file);
    REQUIRE(H5Fclose(file) >= 0);
  }
  std::string path() const { return (directory_ / "foreign.h5").string(); }
  Hdf5File open() const { return Hdf5File::open(path()); }
  std::string refusal() const {
    return error_of([&] { open().read_array<double>("values"); });
  }

 private:
  TemporaryDirectory directory_;
};

/// A dataset of doubles without anything written.
void promise(hid_t file, const std::vector<hsize_t>& extents, hid_t properties = H5P_DEFAULT) {
  const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
  const hid_t made = H5Dcreate2(file, "values", H5T_IEEE_F64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  CHECK(made >= 0);
  H5Dclose(made);
  H5Sclose(space);
}

hid_t group(hid_t file, const std::string& name) {
  const hid_t made = H5Gcreate2(file, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(made);
  return made;
}

void contains(const std::string& text, const std::string& part) { CHECK_THAT(text, Catch::Contains(part)); }

}  // namespace

TEST_CASE("hdf5_takes_no_memory_for_values_that_a_file_only_promises") {
  constexpr hsize_t kHuge = hsize_t{1} << 40;
  contains(ForeignFile([](hid_t file) { promise(file, {kHuge}); }).refusal(), "more than the file holds");
  contains(ForeignFile([](hid_t file) {
             promise(file, {hsize_t{1} << 62, hsize_t{1} << 62});
           }).refusal(),
           "more than the file holds");
  contains(ForeignFile([](hid_t file) {
             const hid_t packed = H5Pcreate(H5P_DATASET_CREATE);
             const hsize_t chunk = 1 << 20;
             H5Pset_chunk(packed, 1, &chunk);
             H5Pset_deflate(packed, 9);
             promise(file, {kHuge}, packed);
             H5Pclose(packed);
           }).refusal(),
           "more than the file holds");
}

TEST_CASE("hdf5_refuses_rows_without_values_and_shapes_whose_count_no_number_holds") {
  contains(ForeignFile([](hid_t file) {
             promise(file, {hsize_t{1} << 40, 0});
           }).refusal(),
           "holds no values");
  contains(ForeignFile([](hid_t file) {
             promise(file, {0, hsize_t{1} << 62, hsize_t{1} << 62});
           }).refusal(),
           "more than the file holds");
  contains(
      ForeignFile([](hid_t file) {
        const hid_t nothing = H5Screate(H5S_NULL);
        H5Dclose(H5Dcreate2(file, "values", H5T_IEEE_F64LE, nothing, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Sclose(nothing);
      }).refusal(),
      "holds no values");
}

TEST_CASE("hdf5_reads_no_other_file_than_the_one_that_was_named") {
  const TemporaryDirectory directory;
  const std::string other = (directory / "other.h5").string(), raw = (directory / "raw").string();
  Hdf5File secret = Hdf5File::create(other);
  secret.write("values", std::vector<double>{1, 2});
  secret.close();
  write_file(raw, std::string(16, '\1'));
  contains(ForeignFile([&](hid_t file) {
             H5Lcreate_external(other.c_str(), "/values", file, "values", H5P_DEFAULT, H5P_DEFAULT);
           }).refusal(),
           "cannot open the dataset 'values'");
  contains(ForeignFile([&](hid_t file) {
             const hid_t elsewhere = H5Pcreate(H5P_DATASET_CREATE);
             H5Pset_external(elsewhere, raw.c_str(), 0, 16);
             promise(file, {2}, elsewhere);
             H5Pclose(elsewhere);
           }).refusal(),
           "more than the file holds");
}

TEST_CASE("hdf5_lists_trees_only") {
  const ForeignFile circle([](hid_t file) {
    group(file, "a");
    group(file, "a/b");
    H5Lcreate_hard(file, "a", file, "a/b/a", H5P_DEFAULT, H5P_DEFAULT);
  });
  contains(error_of([&] { circle.open().children("a"); }), "'a' is a group under 2 names, expected a tree");
  const ForeignFile link([](hid_t file) {
    group(file, "a");
    H5Lcreate_soft("/", file, "a/top", H5P_DEFAULT, H5P_DEFAULT);
  });
  CHECK(link.open().children("/") == std::vector<std::string>{"a"});
  contains(error_of([&] { link.open().children("a"); }), "'a/top' is a link");
  std::string deep;
  const ForeignFile chain([&](hid_t file) {
    for (int i = 0; i < 200; ++i) group(file, deep += "/g");
  });
  CHECK(chain.open().children(deep.substr(0, 20)) == std::vector<std::string>{"g"});
  contains(error_of([&] { chain.open().children(deep); }), "more than 100 deep");
}

}  // namespace nibble::hdf5_foreign_test
