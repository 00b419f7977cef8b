#include "datasets/text/text_batches.h"

#include "core/check.h"

namespace nibble {
namespace {

long count_batches(const Array<int>& tokens, const TextBatchOptions& options) {
  check(options.sequences > 0 && options.unroll > 0, "text batches: found ", options.sequences,
        " sequences of ", options.unroll, " steps, expected at least 1 of each");
  const long words = tokens.size() / options.sequences, batches = (words - 1) / options.unroll;
  check(words > 0 && batches > 0, "text batches: found ", tokens.size(), " tokens, which give ",
        options.sequences, " sequences ", words, " each, expected at least ", options.unroll + 1,
        " for a batch of ", options.unroll, " steps and the word after them");
  return batches;
}

}  // namespace

long text_steps(const Array<int>& tokens, long sequences) {
  check(sequences > 0 && tokens.size() / sequences > 1, "text_steps: found ", tokens.size(), " tokens and ",
        sequences, " sequences, expected at least 1 sequence and 2 tokens for each");
  return tokens.size() / sequences - 1;
}

Batch text_batch(const Array<int>& tokens, long sequences, long begin, long end) {
  return text_batch(tokens, sequences, {0, sequences}, begin, end);
}

Batch text_batch(const Array<int>& tokens, long sequences, Range shown, long begin, long end) {
  const long steps = text_steps(tokens, sequences);
  check(0 <= begin && begin < end && end <= steps, "text_batch: found steps ", begin, " to ", end,
        ", expected a range within 0 to ", steps);
  const long rows = (end - begin) * shown.size(), stream = steps + 1;
  Tensor x = Tensor::uninitialized({rows, 1});
  Array<int> words = Array<int>::uninitialized({rows});
  long row = 0;
  for (long t = begin; t < end; ++t) {
    for (long b = shown.begin; b < shown.end; ++b, ++row) {
      x[row] = static_cast<Real>(tokens[b * stream + t]);
      words[row] = tokens[b * stream + t + 1];
    }
  }
  return {x, WordTargets{words}};
}

TextBatches::TextBatches(const Array<int>& tokens, const TextBatchOptions& options)
    : tokens_(tokens), options_(options), batches_per_epoch_(count_batches(tokens, options)) {}

Batch TextBatches::next() {
  const long begin = position().batch * options_.unroll;
  ++index_;
  return text_batch(tokens_, options_.sequences, options_.share.of(options_.sequences, "text batches"), begin,
                    begin + options_.unroll);
}

void TextBatches::seek(const BatchPosition& position) {
  index_ = batch_index(position, batches_per_epoch_, "text batches");
}

}  // namespace nibble
