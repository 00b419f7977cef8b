#include "datasets/images/batches.h"

#include <algorithm>

#include "core/check.h"
#include "core/parallel.h"

namespace nibble {
namespace {

Shape batch_shape(const Shape& sample, long n) { return {n, sample[0], sample[1], sample[2]}; }

// Of one epoch over n samples; checks the options on the way, before any of them is used.
long count_batches(long n, const TrainingBatchOptions& options) {
  const long size = options.batch_size;
  check(0 < size && size <= n, "training batches: found batch size ", size, ", expected 1 to the ", n,
        " samples of the training split");
  check(options.augmentation.pad >= 0, "training batches: found padding ", options.augmentation.pad,
        ", expected at least 0");
  return options.drop_last ? n / size : (n + size - 1) / size;
}

// Target, placed like the image.
Target placed_target(Target target, const Shape& image, const Placement& placement, const Shape& window) {
  if (const auto* boxes = std::get_if<std::vector<Box>>(&target))
    return place(*boxes, image, placement, window);
  return target;
}

// Writes sample i of a split to x [H, W, C] of `window` and returns its target. `scratch` is room for a
// placed image, kept from sample to sample.
Target fill_row(const Split& split, long i, const Placement& placement, const Shape& window,
                const std::vector<Real>& table, std::vector<std::uint8_t>& scratch, Real* x) {
  const Array<std::uint8_t> image = split.make(i);
  const Shape& shape = image.shape();
  check(shape.rank() == 3 && shape.back() == window.back(), "batch: found sample ", i, " of shape ", shape,
        ", expected [H, W, ", window.back(), "]");
  const std::uint8_t* pixels = image.data();
  if (shape != window || placement.dy != 0 || placement.dx != 0 || placement.mirrored) {
    scratch.resize(static_cast<std::size_t>(window.count()));
    place(pixels, shape, placement, window, scratch.data());
    pixels = scratch.data();
  }
  normalize(pixels, window.count(), table, x);
  return placed_target(split.target(i), shape, placement, window);
}

}  // namespace

Batch batch_in_order(const ImageSet& images, const Split& split, long begin, long end) {
  check(0 <= begin && begin < end && end <= split.size(), "batch_in_order: found samples ", begin, " to ",
        end, ", expected a range within 0 to ", split.size());
  const Shape& sample = images.sample_shape;
  const std::vector<Real> table = pixel_table(images);
  Tensor x = Tensor::uninitialized(batch_shape(sample, end - begin));
  std::vector<Target> targets(static_cast<std::size_t>(end - begin));
  parallel_for(end - begin, [&](long i) {
    std::vector<std::uint8_t> scratch;
    targets[static_cast<std::size_t>(i)] =
        fill_row(split, begin + i, {}, sample, table, scratch, x.data() + i * sample.count());
  });
  return {x, collect(std::move(targets))};
}

TrainingBatches::TrainingBatches(const ImageSet& images, const TrainingBatchOptions& options)
    : options_(options),
      split_(images.train),
      sample_shape_(images.sample_shape),
      table_(pixel_table(images)),
      batches_per_epoch_(count_batches(split_.size(), options)),
      order_(split_.size(), Rng(options.seed).stream("shuffle")),
      prefetch_([this](long index) { return make(index / batches_per_epoch_, index % batches_per_epoch_); },
                options.prefetch) {}

Batch TrainingBatches::next() { return prefetch_.next(); }

BatchPosition TrainingBatches::position() const {
  return batch_position(prefetch_.position(), batches_per_epoch_);
}

void TrainingBatches::seek(const BatchPosition& position) {
  prefetch_.seek(batch_index(position, batches_per_epoch_, "training batches"));
}

// Plain loops: this runs beside the training threads and must not compete for theirs.
Batch TrainingBatches::make(long epoch, long batch) {
  const auto order = order_.of(epoch);
  const Rng augment = Rng(options_.seed).stream("augment").stream(static_cast<std::uint64_t>(epoch));
  const long begin = batch * options_.batch_size, n = std::min(options_.batch_size, split_.size() - begin);
  Tensor x = Tensor::uninitialized(batch_shape(sample_shape_, n));
  std::vector<Target> targets(static_cast<std::size_t>(n));
  std::vector<std::uint8_t> scratch;
  for (long i = 0; i < n; ++i) {
    const long index = (*order)[static_cast<std::size_t>(begin + i)];
    const Placement placement =
        draw_placement(options_.augmentation, augment.stream(static_cast<std::uint64_t>(index)));
    targets[static_cast<std::size_t>(i)] = fill_row(split_, index, placement, sample_shape_, table_, scratch,
                                                    x.data() + i * sample_shape_.count());
  }
  return {x, collect(std::move(targets))};
}

}  // namespace nibble
