#pragma once

#include <cstdint>
#include <vector>

#include "datasets/images/augment.h"
#include "datasets/images/dataset.h"
#include "datasets/stream/batch_stream.h"
#include "datasets/stream/prefetch.h"

namespace nibble {

/// Samples begin ≤ i < end of a split of `data`, in order and as they are: for evaluation.
Batch batch_in_order(const Dataset& data, const Split& split, long begin, long end);

struct TrainingBatchOptions {
  long batch_size = 128;
  bool drop_last = false;       // leave out the last batch of an epoch where it would be smaller
  Augmentation augmentation{};  // drawn anew in every epoch
  std::uint64_t seed = 1;
  int ahead = 3;  // batches prepared in the background; 0: none, no thread
};

/// The training split, epoch after epoch, shuffled and augmented. What is drawn for batch b of epoch e
/// depends on (seed, epoch) alone:
///   order of an epoch    Rng(seed).stream("shuffle").stream(epoch)
///   one sample           Rng(seed).stream("augment").stream(epoch).stream(index in the split)
class TrainingBatches : public BatchStream {
 public:
  TrainingBatches(const Dataset& data, const TrainingBatchOptions& options);

  long batches_per_epoch() const override { return batches_per_epoch_; }
  Batch next() override;
  BatchPosition position() const override;
  void seek(const BatchPosition& position) override;

 private:
  Batch make(long epoch, long batch);

  TrainingBatchOptions options_;
  Split split_;
  std::vector<Real> table_;
  long batches_per_epoch_ = 0;
  // Used by make() only, which runs on one thread.
  long order_epoch_ = -1;
  std::vector<long> order_;  // of the samples in order_epoch_
  Prefetch prefetch_;        // last: its thread starts after, and ends before, what it uses
};

}  // namespace nibble
