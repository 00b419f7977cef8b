#pragma once

#include <cstdint>
#include <vector>

#include "datasets/augment.h"
#include "datasets/dataset.h"
#include "datasets/prefetch.h"

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

/// A place in the endless sequence of batches: both numbers count from 0.
struct BatchPosition {
  long epoch = 0;
  long batch = 0;
  bool operator==(const BatchPosition&) const = default;
};

/// The training split, epoch after epoch, shuffled and augmented. Batch b of epoch e is a function of the
/// data, the options and (e, b) alone, so a resumed run sees what the uninterrupted one would have seen:
///   order of an epoch    Rng(seed).stream("shuffle").stream(epoch)
///   one sample           Rng(seed).stream("augment").stream(epoch).stream(index in the split)
class TrainingBatches {
 public:
  TrainingBatches(const Dataset& data, const TrainingBatchOptions& options);

  long batches_per_epoch() const { return batches_per_epoch_; }
  Batch next();
  /// Of the batch that next() will return; after the last of an epoch {epoch + 1, 0}.
  BatchPosition position() const;
  void seek(const BatchPosition& position);

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
