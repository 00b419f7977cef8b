#pragma once

#include <string>
#include <vector>

#include "core/array.h"
#include "datasets/text/text_file.h"
#include "datasets/text/vocabulary.h"

namespace nibble {

/// Texts as a language model reads them: numbers of words, with <eos> at the end of each line.
struct Corpus {
  std::string name;               // "ptb"
  Vocabulary vocabulary;          // of the whole training text
  Array<int> train, valid, test;  // [tokens], 0 ≤ token < vocabulary.size()
  std::string fingerprint;        // MD5, in hex, of what was read or generated
};

/// What happens to a word that the training text has not.
enum class UnknownWords { refuse, replace };

struct CorpusOptions {
  long max_vocabulary = 0;  // at most so many types, <eos> and <unk> among them; 0: all; else from 3
  UnknownWords unknown_words = UnknownWords::refuse;
};

/// An Error refuses a vocabulary too small for a word.
void validate(const CorpusOptions& options);

struct CorpusTexts {
  Text train, valid, test;
};

/// The types of a training text that occurs as counted, in the order of their counts after these changes:
///   <eos> is always there, <unk> where a type was dropped or with UnknownWords::replace;
///   of more types than max_vocabulary, the rarest are dropped and their counts go to <unk>.
Vocabulary choose_vocabulary(const WordCounts& counts, const CorpusOptions& options);

/// The same for a training text.
Vocabulary choose_vocabulary(const Text& train, const CorpusOptions& options);

/// Turns texts into numbers. Types that max_vocabulary dropped are <unk> in all three; a word of valid or
/// test that the training text has not is <unk> too or refused, by file, line and word, as the options say.
///   further   types that the vocabulary shall hold even if the training text has them not
Corpus make_corpus(const std::string& name, const CorpusTexts& texts, const CorpusOptions& options,
                   const std::vector<std::string>& further = {});

/// The first `train` tokens of the training split and the first `test` of valid and of test, sharing the
/// buffers; 0: all. The vocabulary stays. An Error refuses more tokens than there are, and negative counts.
Corpus first_tokens(const Corpus& corpus, long train, long test);

}  // namespace nibble
