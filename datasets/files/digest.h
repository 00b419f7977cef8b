#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace nibble {

/// MD5 of a stream of bytes. The publishers of data sets give MD5 sums. They identify files and reveal
/// damage; they do not protect against forgery.
class Md5 {
 public:
  Md5();
  void update(const void* bytes, std::size_t count);
  /// 32 lower-case hexadecimal digits; ends the stream.
  std::string hex();

 private:
  std::shared_ptr<void> context_;  // EVP_MD_CTX
};

std::string md5_of(std::string_view bytes);
/// Of a whole file; an Error names a file that cannot be read.
std::string file_md5(const std::filesystem::path& path);

}  // namespace nibble
