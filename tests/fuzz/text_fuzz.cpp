// Texts as a language model reads them: byte 0 chooses the options, then come the three texts.
#include "core/files/atomic_file.h"
#include "datasets/text/corpus_files.h"
#include "tests/fuzz/target.h"

namespace nibble::fuzz {
namespace {

void require_tokens(const Corpus& corpus, const Array<int>& tokens) {
  for (const int token : tokens)
    require(corpus.vocabulary.find(corpus.vocabulary.word(token)) == token,
            "a token is not that of its word");
}

void read_texts(std::string_view bytes) {
  Choices choices(bytes);
  const CorpusOptions options{
      .max_vocabulary = static_cast<long>(choices.below(16)),
      .unknown_words = choices.below(2) == 0 ? UnknownWords::refuse : UnknownWords::replace};
  const std::vector<std::string> texts = parts(bytes.substr(std::min<std::size_t>(2, bytes.size())));
  const CorpusFormat& format = text_format();
  const std::string* names[] = {&format.train.name, &format.valid.name, &format.test.name};
  for (std::size_t i = 0; i < std::size(names); ++i)
    write_bytes((folder() / *names[i]).string(), texts[i % texts.size()]);
  const Corpus corpus = read_corpus(format, folder(), options);
  for (const Array<int>* tokens : {&corpus.train, &corpus.valid, &corpus.test})
    require_tokens(corpus, *tokens);
  require(read_vocabulary(format, folder(), options).words() == corpus.vocabulary.words(),
          "the training text alone gives another vocabulary");
}

const Registered text_target("text", &read_texts);

}  // namespace
}  // namespace nibble::fuzz
