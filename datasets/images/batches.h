#pragma once

#include <cstdint>
#include <vector>

#include "datasets/images/augment.h"
#include "datasets/images/image_set.h"
#include "datasets/stream/batch_share.h"
#include "datasets/stream/batch_stream.h"
#include "datasets/stream/epoch_order.h"
#include "datasets/stream/prefetch.h"

namespace nibble {

/// Samples begin ≤ i < end of a split of `images`, in order and not augmented: for evaluation. An image of
/// another size than sample_shape is scaled as images.fitting says, and then cut to its middle, or gets a
/// black border. Images are made on all threads.
Batch batch_in_order(const ImageSet& images, const Split& split, long begin, long end);
/// The same samples augmented: sample i by the numbers of rng.stream(i).
Batch augmented_in_order(const ImageSet& images, const Split& split, long begin, long end,
                         const Augmentation& augmentation, const Rng& rng);

struct TrainingBatchOptions {
  long batch_size = 128;
  bool drop_last = false;       // leave out the last batch of an epoch where it would be smaller
  Augmentation augmentation{};  // drawn anew in every epoch
  // Heights and widths of the window, one of them drawn for so many batches in a row; empty: sample_shape's.
  std::vector<int> sizes{};
  int sizes_every = 10;
  std::uint64_t seed = 1;
  BatchShare share{};  // of each batch
  PrefetchOptions prefetch{};
};

/// The training split, epoch after epoch, shuffled and augmented. The random numbers of batch b in epoch e
/// depend on (seed, epoch) alone:
///   order of an epoch    Rng(seed).stream("shuffle").stream(epoch)
///   one sample           Rng(seed).stream("augment").stream(epoch).stream(index in the split)
///   a size of `sizes`    Rng(seed).stream("size").stream((e · batches of an epoch + b) / sizes_every)
/// A mosaic takes its other three images from anywhere in the split.
class TrainingBatches : public BatchStream {
 public:
  TrainingBatches(const ImageSet& images, const TrainingBatchOptions& options);

  long batches_per_epoch() const override { return batches_per_epoch_; }
  /// An Error of the source, which may name a file, comes out here.
  Batch next() override;
  BatchPosition position() const override;
  void seek(const BatchPosition& position) override;

 private:
  Shape window_of(long index) const;
  Batch make(long epoch, long batch);  // on any number of threads at once

  const TrainingBatchOptions options_;
  const ImageSet images_;
  const long batches_per_epoch_;
  EpochOrder order_;
  Prefetch prefetch_;  // last: its threads start after, and end before, what they use
};

}  // namespace nibble
