#include "datasets/images/batches.h"

#include <algorithm>

#include "core/check.h"
#include "core/parallel.h"
#include "datasets/images/mosaic.h"

namespace nibble {
namespace {

constexpr int kSmallestSide = 5;  // which a mosaic can cut

Shape batch_shape(const Shape& sample, long n) { return {n, sample[0], sample[1], sample[2]}; }

// Of one epoch over n samples; checks the options on the way, before any of them is used.
long count_batches(long n, const TrainingBatchOptions& options) {
  const long size = options.batch_size;
  check(0 < size && size <= n, "training batches: found batch size ", size, ", expected 1 to the ", n,
        " samples of the training split");
  check(options.augmentation.pad >= 0, "training batches: found padding ", options.augmentation.pad,
        ", expected at least 0");
  check(options.sizes_every > 0, "training batches: found sizes for ", options.sizes_every,
        " batches in a row, expected at least one");
  for (const int side : options.sizes)
    check(side >= kSmallestSide, "training batches: found a size of ", side, ", expected at least ",
          kSmallestSide, " pixels");
  return options.drop_last ? n / size : (n + size - 1) / size;
}

const Augmentation kUnchanged{.pad = 0, .flip = false};

// A split's samples as the network's window shows them. One of a thread: it has scratch memory.
class Windows {
 public:
  Windows(const ImageSet& images, const Split& split, const Augmentation& augmentation, const Shape& window)
      : images_(images),
        split_(split),
        augmentation_(augmentation),
        window_(window),
        table_(pixel_table(images)) {}

  // Writes sample i to x, [H, W, C] of the window, and returns its target.
  Target fill(long i, const Rng& rng, Real* x) {
    const Shape& window = window_;
    if (augmentation_.mosaic > 0 && rng.stream("mosaic").uniform() < augmentation_.mosaic) {
      bytes_.resize(static_cast<std::size_t>(window.count()));
      Target target = compose(i, rng);
      normalize(bytes_.data(), window.count(), table_, x);
      return target;
    }
    const Array<std::uint8_t> image = made(i);
    Target target = split_.target(i);
    normalize(shown(image, rng, target), window.count(), table_, x);
    return target;
  }

 private:
  Array<std::uint8_t> made(long i) const {
    Array<std::uint8_t> image = split_.make(i);
    const Shape &shape = image.shape(), &window = window_;
    check(shape.rank() == 3 && shape.back() == window.back(), "batch: found sample ", i, " of shape ", shape,
          ", expected [H, W, ", window.back(), "]");
    return image;
  }

  // What fills the window, where a part of the image is drawn.
  Rectangle part_of(const Shape& image, const Rng& rng) const {
    if (!augmentation_.jittered_crop) return draw_resized_crop(image, *augmentation_.resized_crop, rng);
    const Rectangle part = draw_jittered_crop(image, *augmentation_.jittered_crop, rng);
    const bool keeps_shape = images_.fitting.filling == Filling::letterbox;
    return keeps_shape ? in_shape_of(window_, part) : part;
  }

  // The window's bytes, which are those of `image` where nothing had to change.
  const std::uint8_t* shown(const Array<std::uint8_t>& image, const Rng& rng, Target& target) {
    const Shape &shape = image.shape(), &window = window_;
    const Fitting& fitting = images_.fitting;
    const Placement placement = draw_placement(augmentation_, rng);
    auto* const boxes = std::get_if<std::vector<Box>>(&target);
    const bool part_only = augmentation_.resized_crop || augmentation_.jittered_crop;
    if (boxes && !part_only) *boxes = fit(*boxes, shape, fitting, placement, window);
    const bool moved = placement.dy != 0 || placement.dx != 0 || placement.mirrored || part_only;
    if (shape == window && !moved && augmentation_.jitter.none() && fitted_shape(shape, fitting) == shape)
      return image.data();
    scratch_.resize(static_cast<std::size_t>(window.count()));
    std::uint8_t* const out = scratch_.data();
    if (part_only) {
      const Rectangle part = part_of(shape, rng.stream("crop"));
      if (augmentation_.jittered_crop) {
        stretch_part(image.data(), shape, part, placement.mirrored, window, out);
      } else {
        fit(image.data(), shape, part, fitting.interpolation, placement.mirrored, window, out);
      }
      if (boxes) *boxes = fit(*boxes, part, placement.mirrored, window);
    } else {
      fit(image.data(), shape, fitting, placement, window, out);
    }
    if (!augmentation_.jitter.none()) jitter(out, window, augmentation_.jitter, rng.stream("jitter"));
    return out;
  }

  // Four samples, i the first of them, to bytes_.
  Target compose(long i, const Rng& rng) {
    const Shape& window = window_;
    Rng draw = rng.stream("mosaic of");
    const Mosaic mosaic = draw_mosaic(window, draw.stream("cut"));
    std::vector<Box> all;
    for (std::size_t k = 0; k < mosaic.parts.size(); ++k) {
      const long from = k == 0 ? i : static_cast<long>(draw.below(static_cast<std::uint64_t>(split_.size())));
      const Array<std::uint8_t> image = made(from);
      Target target = split_.target(from);
      const auto* const boxes = std::get_if<std::vector<Box>>(&target);
      check(boxes != nullptr, "batch: found a class as the target of sample ", from,
            ", expected boxes, which a mosaic of four images can have");
      const Rng of_part = k == 0 ? rng : rng.stream("part").stream(k);
      show_part(shown(image, of_part, target), mosaic.parts[k], window, bytes_.data());
      const std::vector<Box> here = show_part(*boxes, mosaic.parts[k]);
      all.insert(all.end(), here.begin(), here.end());
    }
    return all;
  }

  const ImageSet& images_;
  const Split& split_;
  const Augmentation augmentation_;
  const Shape window_;
  const std::vector<Real> table_;
  std::vector<std::uint8_t> scratch_, bytes_;  // windows, kept from sample to sample
};

}  // namespace

Batch batch_in_order(const ImageSet& images, const Split& split, long begin, long end) {
  return augmented_in_order(images, split, begin, end, kUnchanged, Rng(0));
}

Batch augmented_in_order(const ImageSet& images, const Split& split, long begin, long end,
                         const Augmentation& augmentation, const Rng& rng) {
  check(0 <= begin && begin < end && end <= split.size(), "batch_in_order: found samples ", begin, " to ",
        end, ", expected a range within 0 to ", split.size());
  const Shape& sample = images.sample_shape;
  Tensor x = Tensor::uninitialized(batch_shape(sample, end - begin));
  std::vector<Target> targets(static_cast<std::size_t>(end - begin));
  parallel_for(end - begin, [&](long i) {
    targets[static_cast<std::size_t>(i)] =
        Windows(images, split, augmentation, sample)
            .fill(begin + i, rng.stream(static_cast<std::uint64_t>(begin + i)),
                  x.data() + i * sample.count());
  });
  return {x, collect(std::move(targets))};
}

TrainingBatches::TrainingBatches(const ImageSet& images, const TrainingBatchOptions& options)
    : options_(options),
      images_(images),
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

Shape TrainingBatches::window_of(long index) const {
  const Shape& usual = images_.sample_shape;
  if (options_.sizes.empty()) return usual;
  Rng rng =
      Rng(options_.seed).stream("size").stream(static_cast<std::uint64_t>(index / options_.sizes_every));
  const long side = options_.sizes[rng.below(options_.sizes.size())];
  return {side, side, usual[2]};
}

// Plain loops: this runs beside the training threads and must not compete for theirs.
Batch TrainingBatches::make(long epoch, long batch) {
  const auto order = order_.of(epoch);
  const Rng augment = Rng(options_.seed).stream("augment").stream(static_cast<std::uint64_t>(epoch));
  const long all = std::min(options_.batch_size, images_.train.size() - batch * options_.batch_size);
  const Range part = options_.share.of(all, "training batches");
  const long begin = batch * options_.batch_size + part.begin, n = part.size();
  const Shape window = window_of(epoch * batches_per_epoch_ + batch);
  Tensor x = Tensor::uninitialized(batch_shape(window, n));
  std::vector<Target> targets(static_cast<std::size_t>(n));
  Windows windows(images_, images_.train, options_.augmentation, window);
  for (long i = 0; i < n; ++i) {
    const long index = (*order)[static_cast<std::size_t>(begin + i)];
    targets[static_cast<std::size_t>(i)] =
        windows.fill(index, augment.stream(static_cast<std::uint64_t>(index)), x.data() + i * window.count());
  }
  return {x, collect(std::move(targets))};
}

}  // namespace nibble
