#include "datasets/text/text_file.h"

#include <cerrno>
#include <cstring>
#include <iterator>

#include "core/check.h"
#include "datasets/files/data_file.h"

namespace nibble {
namespace {

constexpr std::string_view kByteOrderMark =
    "\xef\xbb\xbf";  // some editors begin UTF-8 with it; it is no word

// The number of bytes of the character at bytes[0], or 0 where no character begins (RFC 3629: no overlong
// forms, no surrogates, nothing beyond U+10FFFF).
std::size_t character_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[i])) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
  const unsigned first = at(0), second = at(1);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !follows(1)) return 0;
  if (first < 0xE0) return 2;
  if (first < 0xF0) {
    const bool overlong = first == 0xE0 && second < 0xA0, surrogate = first == 0xED && second > 0x9F;
    return overlong || surrogate || !follows(2) ? 0 : 3;
  }
  const bool overlong = first == 0xF0 && second < 0x90, beyond = first == 0xF4 && second > 0x8F;
  return overlong || beyond || !follows(2) || !follows(3) ? 0 : 4;
}

void check_characters(const Text& text) {
  const std::string_view bytes = text.bytes;
  long line = 1;
  for (std::size_t i = 0; i < bytes.size();) {
    check(bytes[i] != '\0', text.name, ":", line, ": found a NUL byte, expected text in UTF-8");
    const std::size_t length = character_length(bytes.substr(i));
    check(length > 0, text.name, ":", line, ": found byte ",
          static_cast<unsigned>(static_cast<unsigned char>(bytes[i])),
          ", which begins no character, expected text in UTF-8");
    line += bytes[i] == '\n' ? 1 : 0;
    i += length;
  }
}

}  // namespace

Text read_text_file(const std::filesystem::path& path, const std::string& advice) {
  const std::string expected = "a text with a sentence a line";
  DataFile file = open_data_file(path, expected, advice);
  Text text{file.path, {}};
  text.bytes.assign(std::istreambuf_iterator<char>(file.stream), {});
  check(!file.stream.bad(), text.name, ": cannot be read to its end: ", std::strerror(errno));
  if (text.bytes.starts_with(kByteOrderMark)) text.bytes.erase(0, kByteOrderMark.size());
  check_characters(text);
  check(text.bytes.find_first_not_of(std::string(kBlanks) + '\n') != std::string::npos, text.name, ": found ",
        file.bytes == 0 ? "an empty file" : "a file of blanks", ", expected ", expected);
  return text;
}

}  // namespace nibble
