#include "experiments/tasks/picture_batches.h"

#include <algorithm>

#include "core/check.h"
#include "datasets/images/batches.h"
#include "experiments/tasks/picture_integers.h"

namespace nibble {
namespace {

// What train.crop = own is for these pictures: those that are shown whole have boxes.
Cropping own_cropping(const ImageSet& images) {
  if (images.fitting.filling != Filling::cut) return Cropping::jittered;
  return images.any_size ? Cropping::resized : Cropping::pad;
}

Augmentation augmentation_of(const TrainConfig& train, const ImageSet& images) {
  if (!train.augment) return {.pad = 0, .flip = false};
  Augmentation augmentation;
  const Cropping crop = train.crop == Cropping::own ? own_cropping(images) : train.crop;
  if (crop == Cropping::resized)
    augmentation.resized_crop = ResizedCrop{.smallest_share = train.smallest_crop};
  if (crop == Cropping::jittered) augmentation.jittered_crop = JitteredCrop{.share = train.crop_jitter};
  augmentation.mosaic = train.mosaic;
  augmentation.jitter = train.jitter;
  return augmentation;
}

}  // namespace

void check_one_size(const TrainConfig& train, const std::string& kind) {
  check(train.input_sizes.empty(), "train.input_sizes: found ", train.input_sizes.size(), " sizes for ", kind,
        ", expected none: only detectors read pictures of several sizes");
}

std::unique_ptr<BatchStream> picture_batches(const ImageSet& images, const TrainConfig& train,
                                             std::uint64_t seed, const BatchShare& share) {
  check_training(images, "train with");
  TrainingBatchOptions options;
  options.batch_size = train.batch;
  options.drop_last = train.drop_last;
  options.augmentation = augmentation_of(train, images);
  options.sizes = train.input_sizes;
  options.sizes_every = train.input_sizes_every;
  options.seed = seed;
  options.share = share;
  options.prefetch = {.threads = train.prefetch_threads, .ahead = train.prefetch_threads + 2};
  return std::make_unique<TrainingBatches>(images, options);
}

Tensor augmented_pictures(const ImageSet& images, const TrainConfig& train, long rows, const Rng& rng) {
  const Augmentation augmentation = augmentation_of(train, images);
  return augmented_in_order(images, images.train, 0, std::min(rows, images.train.size()), augmentation, rng)
      .x;
}

}  // namespace nibble
