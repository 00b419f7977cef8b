#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

namespace nibble {

/// MD5 of a stream of bytes, because the sources of public data sets publish MD5 sums. It names files and
/// finds damage; it is no protection against forgery.
class Md5 {
 public:
  Md5();
  void update(const void* bytes, std::size_t count);
  /// 32 lower-case hexadecimal digits; ends the stream.
  std::string hex();

 private:
  std::shared_ptr<void> context_;  // EVP_MD_CTX
};

/// Of a whole file; an Error names a file that cannot be read.
std::string file_md5(const std::filesystem::path& path);

}  // namespace nibble
