#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "datasets/text/vocabulary.h"

namespace nibble {

/// What separates words.
inline constexpr std::string_view kBlanks = " \t\r\v\f";

/// A text in memory: a sentence a line, words separated by blanks.
struct Text {
  std::string name;   // of its file, for messages
  std::string bytes;  // UTF-8, without NUL
};

/// Reads a whole file. An Error names the file that is missing, a directory, without a word or cannot be
/// read, and the line with a NUL byte or with bytes that are no UTF-8.
///   advice   ends the message about a missing file: how to get it
Text read_text_file(const std::filesystem::path& path, const std::string& advice = "");

/// visit(word, line) for each word, and at the end of each line, which may be empty, for <eos>; lines count
/// from 1. A last line without a line feed is a line, too. Blanks are space, tab, carriage return, vertical
/// tab and form feed.
template <typename Visit>
void for_each_word(const Text& text, const Visit& visit) {
  const std::string_view bytes = text.bytes;
  long line = 1;
  for (std::size_t begin = 0; begin < bytes.size(); ++line) {
    const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
    const std::string_view sentence = bytes.substr(begin, end - begin);
    std::size_t from = sentence.find_first_not_of(kBlanks);
    while (from != std::string_view::npos) {
      const std::size_t to = std::min(sentence.find_first_of(kBlanks, from), sentence.size());
      visit(sentence.substr(from, to - from), line);
      from = sentence.find_first_not_of(kBlanks, to);
    }
    visit(kEndOfSentence, line);
    begin = end + 1;
  }
}

}  // namespace nibble
