#include "core/files/file_kind.h"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

namespace nibble::file_kind_test {

using namespace std::string_literals;

TEST_CASE("file_kind_goes_by_the_first_bytes") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.h5";
  struct Case {
    std::string bytes;
    FileKind kind;
    std::string description;
  };
  const std::vector<Case> cases = {
      {"", FileKind::empty, "an empty file"},
      {"\x89HDF\r\n\x1a\n and more"s, FileKind::hdf5, "an HDF5 file"},
      {"nibble checkpoint 7\nbytes", FileKind::sealed, "a file marked 'nibble checkpoint 7'"},
      {"\x08\0\0\0\0\0\0\0{}      "s, FileKind::safetensors, "a safetensors file"},
      {"\xff\xff\xff\0\0\0\0\0{"s, FileKind::safetensors, "a safetensors file"},
      {"PK\x03\x04 and more"s, FileKind::zip, "a zip archive, as torch.save writes"},
      {"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"s, FileKind::pytorch,
       "a file of torch.save before PyTorch 1.6"},
      {"hello\nworld", FileKind::text, "a text that begins with 'hello'"},
      {"abcdefgh{", FileKind::text, "a text that begins with 'abcdefgh{'"},
      {"\x01\x02\x03"s, FileKind::unknown, "a file of a kind unknown here"},
      {"\x08\0\0\0\0\0\0\0"s, FileKind::unknown, "a file of a kind unknown here"},
  };
  for (const Case& c : cases) {
    write_file(path, c.bytes);
    CAPTURE(c.bytes);
    CHECK(file_kind(path) == c.kind);
    CHECK(describe_file(path) == c.description);
  }
}

TEST_CASE("file_kind_tells_directories_and_missing_files") {
  const TemporaryDirectory directory;
  CHECK(file_kind(directory.path()) == FileKind::directory);
  CHECK(describe_file(directory.path()) == "a directory");
  CHECK(file_kind(directory / "nothing") == FileKind::missing);
  CHECK(describe_file(directory / "nothing") == "no file");
}

}  // namespace nibble::file_kind_test
