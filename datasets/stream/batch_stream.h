#pragma once

#include "datasets/stream/batch.h"

namespace nibble {

/// A place in an endless sequence of batches: both numbers count from 0.
struct BatchPosition {
  long epoch = 0;
  long batch = 0;
  bool operator==(const BatchPosition&) const = default;
};

/// Epoch after epoch of a training split. What next() returns is a function of the data, the stream's options
/// and its position alone, so a resumed run sees what the uninterrupted one would have seen.
class BatchStream {
 public:
  virtual ~BatchStream() = default;

  virtual long batches_per_epoch() const = 0;
  virtual Batch next() = 0;
  /// Of the batch that next() will return; after the last of an epoch {epoch + 1, 0}.
  virtual BatchPosition position() const = 0;
  /// Continues at `position`; an Error says that no epoch has such a batch.
  virtual void seek(const BatchPosition& position) = 0;
};

/// The number of a batch, counted through all epochs from 0, and back. An Error in the name of `who` says
/// that no epoch has such a batch.
long batch_index(const BatchPosition& position, long batches_per_epoch, const char* who);
BatchPosition batch_position(long index, long batches_per_epoch);

}  // namespace nibble
