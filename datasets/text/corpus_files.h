#pragma once

#include <filesystem>
#include <string>

#include "datasets/text/corpus.h"

namespace nibble {

struct CorpusFile {
  std::string name;
  std::string md5{};  // empty where there is no official file
};

/// A text data set as three files.
struct CorpusFormat {
  std::string name;
  CorpusFile train, valid, test;
  int types = 0;  // of the official training file, <eos> among them; 0: depends on the files
};

/// Penn Treebank as prepared by Mikolov et al. 2010: 929589, 73760 and 82430 tokens of 10000 types.
const CorpusFormat& ptb_format();
/// Any text: train.txt, valid.txt, test.txt.
const CorpusFormat& text_format();

/// Reads all files of `format` from a directory. An Error names a file that is missing or no text, has a word
/// that the options refuse or, if `verify`, another checksum than the official one.
Corpus read_corpus(const CorpusFormat& format, const std::filesystem::path& directory,
                   const CorpusOptions& options = {}, bool verify = true);

/// The vocabulary that read_corpus finds, from the training file alone.
Vocabulary read_vocabulary(const CorpusFormat& format, const std::filesystem::path& directory,
                           const CorpusOptions& options = {}, bool verify = true);

}  // namespace nibble
