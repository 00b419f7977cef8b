#include "datasets/pictures/class_names.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "core/check.h"

namespace nibble {
namespace {

constexpr int kMostClasses = 1'000'000;

// A whole number from 0; −1 for anything else.
int number_of(const std::string& text) {
  int value = -1;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stopped == end && 0 <= value && value < kMostClasses ? value : -1;
}

// n and eight digits.
bool begins_with_synset(const std::string& line) {
  return line.size() > 10 && line[0] == 'n' && line[9] == ' ' &&
         std::all_of(line.begin() + 1, line.begin() + 9, [](char c) { return '0' <= c && c <= '9'; });
}

}  // namespace

void ClassNames::add(const std::string& key, int label, const std::string& where) {
  check(labels_.emplace(key, label).second, where, ": found class '", key, "' twice, expected each once");
}

ClassNames ClassNames::read(const std::string& path) {
  std::ifstream lines(path);
  check(lines.is_open(), path, ": cannot be read, expected a text with a class a line");
  ClassNames classes;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    const int label = static_cast<int>(classes.names_.size());
    const bool synset = begins_with_synset(line);
    classes.add(synset ? line.substr(0, 9) : line, label, path);
    classes.names_.push_back(synset ? line.substr(10) : line);
    if (synset) classes.labels_.emplace(classes.names_.back(), label);  // two synsets can share their words
  }
  check(!classes.names_.empty(), path, ": found no class, expected one a line");
  return classes;
}

ClassNames ClassNames::of(std::vector<std::string> found) {
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  int largest = -1;
  for (const std::string& name : found) {
    const int number = number_of(name);
    if (number < 0) largest = kMostClasses;
    largest = std::max(largest, number);
  }
  ClassNames classes;
  if (0 <= largest && largest < kMostClasses) {
    found.clear();
    for (int i = 0; i <= largest; ++i) found.push_back(std::to_string(i));
  }
  for (const std::string& name : found)
    classes.add(name, static_cast<int>(classes.labels_.size()), "classes");
  classes.names_ = std::move(found);
  return classes;
}

int ClassNames::find(const std::string& name) const {
  if (const auto at = labels_.find(name); at != labels_.end()) return at->second;
  const int number = number_of(name);
  return number < static_cast<int>(names_.size()) ? number : -1;
}

}  // namespace nibble
