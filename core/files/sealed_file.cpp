#include "core/files/sealed_file.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <cassert>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "core/check.h"
#include "core/files/file_kind.h"

namespace nibble {
namespace {

using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Stream open(const std::string& path, const char* mode) {
  Stream file(std::fopen(path.c_str(), mode), &std::fclose);
  check(file != nullptr, path, ": cannot be opened: ", std::strerror(errno));
  return file;
}

struct Content {
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;
};

// Length and xxh64 of everything after the current position of the file.
Content measure(std::FILE* file, const std::string& path) {
  const std::unique_ptr<XXH64_state_t, XXH_errorcode (*)(XXH64_state_t*)> state(XXH64_createState(),
                                                                                &XXH64_freeState);
  XXH64_reset(state.get(), 0);
  std::vector<char> buffer(1 << 16);
  Content content;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file)) {
    XXH64_update(state.get(), buffer.data(), count);
    content.bytes += count;
  }
  check(!std::ferror(file), path, ": cannot be read: ", std::strerror(errno));
  content.hash = XXH64_digest(state.get());
  return content;
}

// The whole block, so that every byte of the file is checked.
std::string block(const std::string& kind, const Content& content) {
  std::string text = fmt::format("{}\nbytes {}\nxxh64 {:016x}\n", kind, content.bytes, content.hash);
  assert(text.size() <= kSealBytes);
  text.resize(kSealBytes, '\0');
  return text;
}

}  // namespace

void seal(const std::string& path, const std::string& kind) {
  assert(kind.starts_with("nibble "));
  const Stream file = open(path, "r+b");
  check(std::fseek(file.get(), kSealBytes, SEEK_SET) == 0, path, ": cannot be read: ", std::strerror(errno));
  const std::string text = block(kind, measure(file.get(), path));
  check(std::fseek(file.get(), 0, SEEK_SET) == 0 &&
            std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() &&
            std::fflush(file.get()) == 0,
        path, ": cannot be written: ", std::strerror(errno));
}

void check_seal(const std::string& path, const std::string& kind) {
  const auto refuse = [&] { fail(path, ": found ", describe_file(path), ", expected a ", kind); };
  if (file_kind(path) != FileKind::sealed) refuse();
  const Stream file = open(path, "rb");
  std::string found(kSealBytes, '\0');
  found.resize(std::fread(found.data(), 1, kSealBytes, file.get()));
  const std::string first_line = found.substr(0, found.find('\n'));
  if (first_line != kind) refuse();
  check(found.size() == kSealBytes, path, ": found a truncated ", kind, " of ", found.size(),
        " bytes, expected more than ", kSealBytes);

  const Content content = measure(file.get(), path);
  unsigned long long promised = 0;
  if (std::sscanf(found.c_str() + kind.size(), "\nbytes %llu\n", &promised) == 1) {
    check(content.bytes >= promised, path, ": found a truncated ", kind, " of ", content.bytes + kSealBytes,
          " bytes, expected ", promised + kSealBytes);
  }
  check(found == block(kind, content), path, ": found a damaged ", kind,
        ", whose bytes do not have the xxh64 in its seal");
}

}  // namespace nibble
