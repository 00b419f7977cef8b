#pragma once

#include "datasets/stream/batch_share.h"
#include "datasets/stream/batch_stream.h"

namespace nibble {

/// Steps of each of `sequences` streams (below): the pairs of a word and the next one. An Error
/// where the text is too short for one step.
long text_steps(const Array<int>& tokens, long sequences);

/// A text cut into `sequences` consecutive streams of tokens.size() / sequences words (the rest is dropped),
/// which are read side by side. Steps begin ≤ t < end of all of them:
///   x       [(end − begin) · sequences, 1], step after step: row (t − begin) · sequences + b holds word t of
///           stream b
///   targets [(end − begin) · sequences]: the word after each, word t + 1 of stream b
/// so that x, seen as [steps, sequences], is what a recurrent net walks through. One sequence and steps
/// 0 to text_steps(tokens, 1) ask for every word of a text but the first: for evaluation.
Batch text_batch(const Array<int>& tokens, long sequences, long begin, long end);
/// The same of some of the sequences only; x and targets have no rows of the others.
Batch text_batch(const Array<int>& tokens, long sequences, Range shown, long begin, long end);

struct TextBatchOptions {
  long sequences = 20;  // read side by side
  long unroll = 35;     // steps of a batch
  BatchShare share{};   // of the sequences
};

/// Batch b of every epoch has the steps b · unroll ≤ t < (b + 1) · unroll of text_batch. Windows are whole,
/// and nothing is shuffled: state that is carried on from batch to batch, and dropped where an epoch begins,
/// has read each stream from its start.
class TextBatches : public BatchStream {
 public:
  /// tokens: of the training split; the buffer is shared.
  TextBatches(const Array<int>& tokens, const TextBatchOptions& options);

  long batches_per_epoch() const override { return batches_per_epoch_; }
  Batch next() override;
  BatchPosition position() const override { return batch_position(index_, batches_per_epoch_); }
  void seek(const BatchPosition& position) override;

 private:
  Array<int> tokens_;
  TextBatchOptions options_;
  long batches_per_epoch_ = 0;
  long index_ = 0;  // of the next batch, through all epochs
};

}  // namespace nibble
