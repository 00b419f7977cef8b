#include "datasets/files/digest.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "tests/support/temporary_directory.h"

namespace nibble::digest_test {

TEST_CASE("md5_gives_the_digests_of_rfc_1321") {
  CHECK(Md5().hex() == "d41d8cd98f00b204e9800998ecf8427e");
  Md5 whole, parts;
  whole.update("message digest", 14);
  parts.update("message ", 8);
  parts.update("digest", 6);
  CHECK(whole.hex() == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(parts.hex() == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(md5_of("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST_CASE("file_md5_reads_across_its_chunks_and_names_a_missing_file") {
  const TemporaryDirectory directory;
  const std::string bytes(3'000'001, 'x');
  write_file(directory / "file", bytes);
  Md5 md5;
  md5.update(bytes.data(), bytes.size());
  CHECK(file_md5(directory / "file") == md5.hex());
  CHECK_THROWS_WITH(file_md5(directory / "none"),
                    (directory / "none").string() + ": cannot be read: No such file or directory");
}

}  // namespace nibble::digest_test
