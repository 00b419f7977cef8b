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

// Where a sample goes, and how.
struct Row {
  const ImageSet& images;
  const std::vector<Real>& table;
  std::vector<std::uint8_t>& scratch;  // room for a window, kept from sample to sample
  Real* x;                             // [H, W, C] of the window
};

const Augmentation kUnchanged{.pad = 0, .flip = false};

// The sample as the network's window shows it: bytes, which are those of `image` where nothing had to change.
const std::uint8_t* shown(const Array<std::uint8_t>& image, const Augmentation& augmentation, const Rng& rng,
                          const Row& row, Target& target) {
  const Shape &shape = image.shape(), &window = row.images.sample_shape;
  const Fitting& fitting = row.images.fitting;
  const Placement placement = draw_placement(augmentation, rng);
  auto* const boxes = std::get_if<std::vector<Box>>(&target);
  if (boxes && !augmentation.resized_crop) *boxes = fit(*boxes, shape, fitting, placement, window);
  const bool moved =
      placement.dy != 0 || placement.dx != 0 || placement.mirrored || augmentation.resized_crop;
  if (shape == window && !moved && augmentation.jitter.none() && fitted_shape(shape, fitting) == shape)
    return image.data();
  row.scratch.resize(static_cast<std::size_t>(window.count()));
  std::uint8_t* const out = row.scratch.data();
  if (augmentation.resized_crop) {
    const Rectangle part = draw_resized_crop(shape, *augmentation.resized_crop, rng.stream("crop"));
    fit(image.data(), shape, part, fitting.interpolation, placement.mirrored, window, out);
    if (boxes) *boxes = fit(*boxes, part, placement.mirrored, window);
  } else {
    fit(image.data(), shape, fitting, placement, window, out);
  }
  if (!augmentation.jitter.none()) jitter(out, window, augmentation.jitter, rng.stream("jitter"));
  return out;
}

// Writes sample i of a split to its row and returns its target.
Target fill_row(const Split& split, long i, const Augmentation& augmentation, const Rng& rng,
                const Row& row) {
  const Array<std::uint8_t> image = split.make(i);
  const Shape &shape = image.shape(), &window = row.images.sample_shape;
  check(shape.rank() == 3 && shape.back() == window.back(), "batch: found sample ", i, " of shape ", shape,
        ", expected [H, W, ", window.back(), "]");
  Target target = split.target(i);
  normalize(shown(image, augmentation, rng, row, target), window.count(), row.table, row.x);
  return target;
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
    targets[static_cast<std::size_t>(i)] = fill_row(split, begin + i, kUnchanged, Rng(0),
                                                    {images, table, scratch, x.data() + i * sample.count()});
  });
  return {x, collect(std::move(targets))};
}

TrainingBatches::TrainingBatches(const ImageSet& images, const TrainingBatchOptions& options)
    : options_(options),
      images_(images),
      table_(pixel_table(images)),
      batches_per_epoch_(count_batches(images_.train.size(), options)),
      order_(images_.train.size(), Rng(options.seed).stream("shuffle")),
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
  const long begin = batch * options_.batch_size,
             n = std::min(options_.batch_size, images_.train.size() - begin);
  Tensor x = Tensor::uninitialized(batch_shape(images_.sample_shape, n));
  std::vector<Target> targets(static_cast<std::size_t>(n));
  std::vector<std::uint8_t> scratch;
  for (long i = 0; i < n; ++i) {
    const long index = (*order)[static_cast<std::size_t>(begin + i)];
    targets[static_cast<std::size_t>(i)] = fill_row(
        images_.train, index, options_.augmentation, augment.stream(static_cast<std::uint64_t>(index)),
        {images_, table_, scratch, x.data() + i * images_.sample_shape.count()});
  }
  return {x, collect(std::move(targets))};
}

}  // namespace nibble
