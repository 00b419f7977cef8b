#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nibble {

/// The end of a sentence, and what stands for a word outside the vocabulary: words like others, with a
/// meaning.
inline constexpr std::string_view kEndOfSentence = "<eos>";
inline constexpr std::string_view kUnknownWord = "<unk>";

/// Hashes std::string and std::string_view alike, so that a look-up makes no copy of the word.
struct WordHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view word) const { return std::hash<std::string_view>{}(word); }
};

/// How often each type (distinct word) of a text occurs.
using WordCounts = std::unordered_map<std::string, long, WordHash, std::equal_to<>>;

/// The types of a text; a word's token is its index. At most 2^24 words, so that a token is exact as a Real.
class Vocabulary {
 public:
  /// No words; a place for those of a file.
  Vocabulary() = default;
  /// Word i gets token i: how a stored vocabulary comes back. An Error refuses an empty list, an empty word
  /// and a word that stands twice.
  explicit Vocabulary(std::vector<std::string> words);

  int size() const { return static_cast<int>(words_.size()); }
  /// 0 ≤ token < size(), else an Error.
  const std::string& word(int token) const;
  /// The word's token, or nothing.
  std::optional<int> find(std::string_view word) const;
  /// In the order of their tokens.
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string, int, WordHash, std::equal_to<>> tokens_;
};

/// All types, the most frequent first; ties in the order of their bytes.
Vocabulary vocabulary_by_count(const WordCounts& counts);

}  // namespace nibble
