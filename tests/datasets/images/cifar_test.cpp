#include "datasets/images/cifar.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/check.h"
#include "datasets/files/digest.h"
#include "tests/datasets/images/split_contents.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace nibble::cifar_test {
namespace {

// Record i: coarse label 9 if there is one, class i mod 3, then bytes that tell record, plane and pixel
// apart.
std::string records(int label_bytes, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    if (label_bytes == 2) bytes += '\x09';
    bytes += static_cast<char>(i % 3);
    for (int p = 0; p < 3072; ++p) bytes += static_cast<char>((p % 1024) / 8 + 50 * (p / 1024) + i);
  }
  return bytes;
}

// A small set of two training files and a test file in `directory`.
CifarFormat small_set(const TemporaryDirectory& directory, int label_bytes = 1) {
  const std::string a = records(label_bytes, 4), b = records(label_bytes, 2), t = records(label_bytes, 3);
  write_file(directory / "a.bin", a);
  write_file(directory / "b.bin", b);
  write_file(directory / "t.bin", t);
  return {"small",
          label_bytes,
          {{"a.bin", 4, md5_of(a)}, {"b.bin", 2, md5_of(b)}},
          {{"t.bin", 3, md5_of(t)}},
          {"x", "y", "z"}};
}

}  // namespace

TEST_CASE("cifar_planes_become_pixels_and_the_last_label_byte_the_class") {
  for (const int label_bytes : {1, 2}) {
    const TemporaryDirectory directory;
    const ImageSet data = read_cifar(small_set(directory, label_bytes), directory.path());
    REQUIRE(data.train.size() == 6);
    CHECK(data.sample_shape == Shape{32, 32, 3});
    REQUIRE(data.test.size() == 3);
    CHECK(labels_of(data.train) == std::vector<int>{0, 1, 2, 0, 0, 1});
    for (const long sample : {0L, 3L, 5L}) {
      const int record = static_cast<int>(sample < 4 ? sample : sample - 4);
      const Array<std::uint8_t> image = data.train.make(sample);
      REQUIRE(image.shape() == data.sample_shape);
      for (int p = 0; p < 1024; ++p) {
        for (int c = 0; c < 3; ++c) {
          REQUIRE(image[3 * p + c] == static_cast<std::uint8_t>(p / 8 + 50 * c + record));
        }
      }
    }
    CHECK(data.mean == kImageNetMean);
    CHECK(data.std == kImageNetStd);
    CHECK(data.class_names == std::vector<std::string>{"x", "y", "z"});
  }
}

TEST_CASE("cifar_names_a_missing_file") {
  const TemporaryDirectory directory;
  const CifarFormat format = small_set(directory);
  std::filesystem::remove(directory / "b.bin");
  CHECK_THROWS_WITH(
      read_cifar(format, directory.path()),
      (directory / "b.bin").string() +
          ": No such file or directory; expected a file of 6146 bytes of small (`nibble data fetch "
          "small` downloads it)");
}

TEST_CASE("cifar_names_a_file_of_the_wrong_size") {
  const TemporaryDirectory directory;
  const CifarFormat format = small_set(directory);
  for (const int difference : {-1, 1}) {
    std::string bytes = records(1, 3);
    bytes.resize(static_cast<std::size_t>(9219 + difference));
    write_file(directory / "t.bin", bytes);
    CHECK_THROWS_WITH(read_cifar(format, directory.path()), (directory / "t.bin").string() + ": found " +
                                                                std::to_string(9219 + difference) +
                                                                " bytes, expected 9219 (3 records of 3073)");
  }
}

TEST_CASE("cifar_names_the_record_with_a_label_out_of_range") {
  const TemporaryDirectory directory;
  const CifarFormat format = small_set(directory);
  std::string bytes = records(1, 4);
  bytes[2 * 3073] = 3;
  write_file(directory / "a.bin", bytes);
  CHECK_THROWS_WITH(read_cifar(format, directory.path(), false),
                    (directory / "a.bin").string() + ": record 2 has label 3, expected 0 to 2");
}

TEST_CASE("cifar_names_both_checksums_of_a_changed_file_unless_told_not_to_verify") {
  const TemporaryDirectory directory;
  const CifarFormat format = small_set(directory);
  const std::string before = read_cifar(format, directory.path()).fingerprint;
  std::string bytes = records(1, 2);
  bytes[100] = static_cast<char>(bytes[100] + 1);
  write_file(directory / "b.bin", bytes);
  CHECK_THROWS_WITH(read_cifar(format, directory.path()),
                    (directory / "b.bin").string() + ": found MD5 " + md5_of(bytes) + ", expected " +
                        format.train[1].md5 + "; `dataset.verify = false` reads changed files");
  CHECK(read_cifar(format, directory.path(), false).fingerprint != before);
}

TEST_CASE("the_official_formats_have_the_official_sizes") {
  long train = 0;
  for (const CifarFile& file : cifar10_format().train) train += file.records * 3073;
  CHECK(train == 5 * 30'730'000);
  CHECK(cifar10_format().test[0].records * 3073 == 30'730'000);
  CHECK(cifar10_format().class_names.size() == 10);
  CHECK(cifar100_format().train[0].records * 3074 == 153'700'000);
  CHECK(cifar100_format().test[0].records * 3074 == 30'740'000);
  CHECK(cifar100_format().class_names.size() == 100);
  CHECK(std::is_sorted(cifar100_format().class_names.begin(), cifar100_format().class_names.end()));
}

TEST_CASE("real_cifar10_batches_pass_their_checksums") {
  const auto directory = cifar10_batches({"test_batch", "data_batch_1"});
  if (!directory) return;  // cifar10_batches has said so
  CifarFormat format = cifar10_format();
  format.train.resize(1);
  const ImageSet data = read_cifar(format, *directory);
  REQUIRE(data.train.size() == 10000);
  REQUIRE(data.test.size() == 10000);
  std::vector<int> labels = labels_of(data.test);
  CHECK(std::count(labels.begin(), labels.end(), 3) == 1000);
  // The first test images are known: cat, ship, ship, airplane, frog, frog.
  labels.resize(6);
  CHECK(labels == std::vector<int>{3, 8, 8, 0, 6, 6});

  const TemporaryDirectory damaged;
  for (const char* const name : {"data_batch_1.bin", "test_batch.bin"}) {
    std::filesystem::copy_file(*directory / name, damaged / name);
  }
  std::filesystem::resize_file(damaged / "test_batch.bin", 30'729'999);
  CHECK_THROWS_WITH(read_cifar(format, damaged.path()),
                    (damaged / "test_batch.bin").string() +
                        ": found 30729999 bytes, expected 30730000 (10000 records of 3073)");
}

}  // namespace nibble::cifar_test
