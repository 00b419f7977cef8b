#include "datasets/files/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "core/check.h"

namespace nibble {
namespace {

EVP_MD_CTX* evp(const std::shared_ptr<void>& context) { return static_cast<EVP_MD_CTX*>(context.get()); }

}  // namespace

Md5::Md5()
    : context_(EVP_MD_CTX_new(), [](void* context) { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }) {
  check(context_ != nullptr && EVP_DigestInit_ex(evp(context_), EVP_md5(), nullptr) == 1,
        "md5: found none in this OpenSSL library, expected it to be enabled");
}

void Md5::update(const void* bytes, std::size_t count) { EVP_DigestUpdate(evp(context_), bytes, count); }

std::string Md5::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(evp(context_), digest.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

std::string md5_of(std::string_view bytes) {
  Md5 md5;
  md5.update(bytes.data(), bytes.size());
  return md5.hex();
}

std::string file_md5(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  check(file.is_open(), path.string(), ": cannot be read: ", std::strerror(errno));
  Md5 md5;
  std::vector<char> chunk(std::size_t{1} << 20);
  while (file) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    md5.update(chunk.data(), static_cast<std::size_t>(file.gcount()));
  }
  check(!file.bad(), path.string(), ": cannot be read to its end: ", std::strerror(errno));
  return md5.hex();
}

}  // namespace nibble
