// Words that come back from a file or a command line: a line each, then the prompt of `nibble generate`.
#include "datasets/text/vocabulary.h"

#include <sstream>

#include "edge/emit/c_text.h"
#include "experiments/tasks/generate.h"
#include "tests/fuzz/target.h"

namespace nibble::fuzz {
namespace {

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> list;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) list.push_back(line);
  return list;
}

// What a C compiler makes of the string constants that edge/emit writes.
std::string read_c_string(const std::string& quoted) {
  std::string text;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    const char c = quoted[i];
    require(c >= ' ' && c <= '~' && c != '"' && c != '?',
            "a C string holds a character that ends or changes it");
    if (c != '\\') {
      text += c;
      continue;
    }
    text += static_cast<char>(std::stoi(quoted.substr(i + 1, 3), nullptr, 8));
    i += 3;
  }
  return text;
}

void read_words(std::string_view bytes) {
  const std::vector<std::string> texts = parts(bytes);
  const Vocabulary vocabulary(lines(texts.front()));
  for (int token = 0; token < vocabulary.size(); ++token) {
    const std::string& word = vocabulary.word(token);
    require(vocabulary.find(word) == token, "a word is not found under its token");
    require(read_c_string(edge::c_string(word)) == word, "a word is another one in C");
  }
  const auto scores = [&](int token) {
    std::vector<double> next(static_cast<std::size_t>(vocabulary.size()));
    next[static_cast<std::size_t>(token + 1) % next.size()] = 2;
    return next;
  };
  GenerateOptions options;
  options.words = 4;
  options.prompt = texts.size() > 1 ? texts[1] : "";
  generate(scores, vocabulary, options);
}

const Registered vocabulary("vocabulary", &read_words);

}  // namespace
}  // namespace nibble::fuzz
