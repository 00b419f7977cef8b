#include "datasets/text/corpus_files.h"

#include "datasets/files/data_file.h"
#include "datasets/files/digest.h"

namespace nibble {
namespace {

Text read_text(const CorpusFormat& format, const CorpusFile& file, const std::filesystem::path& directory,
               bool verify) {
  const bool official = !file.md5.empty();
  Text text = read_text_file(directory / file.name, official ? fetch_advice(format.name) : "");
  if (verify && official) check_official_md5(text.name, md5_of(text.bytes), file.md5);
  return text;
}

}  // namespace

const CorpusFormat& ptb_format() {
  static const CorpusFormat format{"ptb",
                                   {"ptb.train.txt", "f26c4b92c5fdc7b3f8c7cdcb991d8420"},
                                   {"ptb.valid.txt", "aa0affc06ff7c36e977d7cd49e3839bf"},
                                   {"ptb.test.txt", "8b80168b89c18661a38ef683c0dc3721"},
                                   10000};
  return format;
}

const CorpusFormat& text_format() {
  static const CorpusFormat format{"text", {"train.txt"}, {"valid.txt"}, {"test.txt"}};
  return format;
}

Corpus read_corpus(const CorpusFormat& format, const std::filesystem::path& directory,
                   const CorpusOptions& options, bool verify) {
  const CorpusTexts texts{read_text(format, format.train, directory, verify),
                          read_text(format, format.valid, directory, verify),
                          read_text(format, format.test, directory, verify)};
  return make_corpus(format.name, texts, options);
}

Vocabulary read_vocabulary(const CorpusFormat& format, const std::filesystem::path& directory,
                           const CorpusOptions& options, bool verify) {
  return choose_vocabulary(read_text(format, format.train, directory, verify), options);
}

}  // namespace nibble
