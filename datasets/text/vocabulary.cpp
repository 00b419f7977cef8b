#include "datasets/text/vocabulary.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace nibble {
namespace {

constexpr std::size_t kMostWords = std::size_t{1} << 24;

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> words) : words_(std::move(words)) {
  check(!words_.empty() && words_.size() <= kMostWords, "vocabulary: found ", words_.size(),
        " words, expected 1 to ", kMostWords);
  tokens_.reserve(words_.size());
  for (std::size_t i = 0; i < words_.size(); ++i) {
    check(!words_[i].empty(), "vocabulary: found an empty word with token ", i,
          ", expected at least one letter");
    const auto [place, fresh] = tokens_.emplace(words_[i], static_cast<int>(i));
    check(fresh, "vocabulary: found '", words_[i], "' with the tokens ", place->second, " and ", i,
          ", expected every word once");
  }
}

const std::string& Vocabulary::word(int token) const {
  check(0 <= token && token < size(), "vocabulary: found token ", token, ", expected 0 to ", size() - 1);
  return words_[static_cast<std::size_t>(token)];
}

std::optional<int> Vocabulary::find(std::string_view word) const {
  const auto place = tokens_.find(word);
  return place == tokens_.end() ? std::nullopt : std::optional<int>(place->second);
}

Vocabulary vocabulary_by_count(const WordCounts& counts) {
  std::vector<std::pair<std::string, long>> types(counts.begin(), counts.end());
  std::sort(types.begin(), types.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::vector<std::string> words;
  words.reserve(types.size());
  for (auto& type : types) words.push_back(std::move(type.first));
  return Vocabulary(std::move(words));
}

}  // namespace nibble
