#include "core/files/sealed_file.h"

#include <catch2/catch.hpp>

#include "tests/support/damage.h"
#include "tests/support/temporary_directory.h"

namespace nibble::sealed_file_test {
namespace {

const std::string kKind = "nibble test 1";

std::string sealed(const std::string& path, const std::string& content) {
  write_file(path, std::string(kSealBytes, '\0') + content);
  seal(path, kKind);
  return read_file(path);
}

}  // namespace

TEST_CASE("a_sealed_file_is_accepted_and_its_content_is_where_it_was") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file";
  for (const std::string& content : {std::string(), std::string("x"), std::string(3'000'000, 'y')}) {
    const std::string bytes = sealed(path, content);
    CHECK(bytes.substr(kSealBytes) == content);
    CHECK(bytes.substr(0, 14) == "nibble test 1\n");
    CHECK_NOTHROW(check_seal(path, kKind));
  }
}

TEST_CASE("every_flipped_bit_of_a_sealed_file_is_found") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file";
  const std::string bytes = sealed(path, "some content, not long");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {0, 7}) {
      std::string broken = bytes;
      broken[i] = static_cast<char>(broken[i] ^ (1 << bit));
      write_file(path, broken);
      CAPTURE(i, bit);
      CHECK_THAT(error_of([&] { check_seal(path, kKind); }), Catch::StartsWith(path + ": found "));
    }
  }
}

TEST_CASE("every_truncation_of_a_sealed_file_is_found_and_named") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file";
  const std::string bytes = sealed(path, "some content, not long");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    write_file(path, bytes.substr(0, length));
    CAPTURE(length);
    CHECK_THAT(error_of([&] { check_seal(path, kKind); }), Catch::StartsWith(path + ": found "));
  }
  CHECK(error_of([&] { check_seal(path, kKind); }) ==
        path + ": found a truncated nibble test 1 of 533 bytes, expected 534");
}

TEST_CASE("appended_bytes_are_found") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file";
  write_file(path, sealed(path, "content") + "!");
  CHECK(error_of([&] { check_seal(path, kKind); }) ==
        path + ": found a damaged nibble test 1, whose bytes do not have the xxh64 in its seal");
}

TEST_CASE("files_of_another_kind_or_version_are_named") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file";
  sealed(path, "content");
  CHECK(error_of([&] { check_seal(path, "nibble test 2"); }) ==
        path + ": found a file marked 'nibble test 1', expected a nibble test 2");
  write_file(path, "hello");
  CHECK(error_of([&] { check_seal(path, kKind); }) ==
        path + ": found a text that begins with 'hello', expected a nibble test 1");
  CHECK(error_of([&] { check_seal(directory / "none", kKind); }) ==
        (directory / "none").string() + ": found no file, expected a nibble test 1");
}

}  // namespace nibble::sealed_file_test
