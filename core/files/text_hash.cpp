#include "core/files/text_hash.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace nibble {

std::string hash_of(std::string_view text) {
  return fmt::format("{:016x}", XXH64(text.data(), text.size(), 0));
}

}  // namespace nibble
