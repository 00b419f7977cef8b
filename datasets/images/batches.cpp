#include "datasets/images/batches.h"

#include <algorithm>
#include <numeric>

#include "core/check.h"
#include "core/random.h"

namespace nibble {
namespace {

Shape batch_shape(const Shape& images, long n) {
  Shape shape = images;
  shape[0] = n;
  return shape;
}

// Fisher and Yates.
std::vector<long> shuffled(long n, Rng rng) {
  std::vector<long> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

// Of one epoch over n samples; checks the options on the way, before any of them is used.
long count_batches(long n, const TrainingBatchOptions& options) {
  const long size = options.batch_size;
  check(0 < size && size <= n, "training batches: found batch size ", size, ", expected 1 to the ", n,
        " samples of the training split");
  check(options.augmentation.pad >= 0, "training batches: found padding ", options.augmentation.pad,
        ", expected at least 0");
  check(options.ahead >= 0, "training batches: found ", options.ahead,
        " batches to prepare ahead, expected at least 0");
  return options.drop_last ? n / size : (n + size - 1) / size;
}

}  // namespace

Batch batch_in_order(const Dataset& data, const Split& split, long begin, long end) {
  check(0 <= begin && begin < end && end <= split.size(), "batch_in_order: found samples ", begin, " to ",
        end, ", expected a range within 0 to ", split.size());
  const Array<std::uint8_t> images = split.images.rows(begin, end);
  Batch batch{Tensor::uninitialized(images.shape()), split.labels.rows(begin, end)};
  normalize(images.data(), images.size(), pixel_table(data), batch.x.data());
  return batch;
}

TrainingBatches::TrainingBatches(const Dataset& data, const TrainingBatchOptions& options)
    : options_(options),
      split_(data.train),
      table_(pixel_table(data)),
      batches_per_epoch_(count_batches(split_.size(), options)),
      prefetch_([this](long index) { return make(index / batches_per_epoch_, index % batches_per_epoch_); },
                options.ahead) {}

Batch TrainingBatches::next() { return prefetch_.next(); }

BatchPosition TrainingBatches::position() const {
  return batch_position(prefetch_.position(), batches_per_epoch_);
}

void TrainingBatches::seek(const BatchPosition& position) {
  prefetch_.seek(batch_index(position, batches_per_epoch_, "training batches"));
}

// Plain loops: this runs beside the training threads and must not compete for theirs.
Batch TrainingBatches::make(long epoch, long batch) {
  const Rng rng(options_.seed);
  if (epoch != order_epoch_) {
    order_ = shuffled(split_.size(), rng.stream("shuffle").stream(static_cast<std::uint64_t>(epoch)));
    order_epoch_ = epoch;
  }
  const Rng augment = rng.stream("augment").stream(static_cast<std::uint64_t>(epoch));
  const Shape& images = split_.images.shape();
  const Shape sample{images[1], images[2], images[3]};
  const long begin = batch * options_.batch_size;
  const long n = std::min(options_.batch_size, split_.size() - begin), pixels = sample.count();

  Batch result{Tensor::uninitialized(batch_shape(images, n)), Array<int>::uninitialized({n})};
  std::vector<std::uint8_t> placed(static_cast<std::size_t>(pixels));
  for (long i = 0; i < n; ++i) {
    const long index = order_[static_cast<std::size_t>(begin + i)];
    const Placement placement =
        draw_placement(options_.augmentation, augment.stream(static_cast<std::uint64_t>(index)));
    place(split_.images.data() + index * pixels, sample, placement, placed.data());
    normalize(placed.data(), pixels, table_, result.x.data() + i * pixels);
    result.labels[i] = split_.labels[index];
  }
  return result;
}

}  // namespace nibble
