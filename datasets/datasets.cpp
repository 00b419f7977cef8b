#include "datasets/datasets.h"

#include <algorithm>
#include <tuple>

#include "core/check.h"
#include "core/suggest.h"
#include "datasets/images/choose.h"

namespace nibble {
namespace {

void take_statistics(const DatasetOptions& options, ImageSet& images) {
  const auto channels = static_cast<std::size_t>(images.sample_shape.back());
  for (const auto& [key, given, target] :
       {std::tuple{"mean", &options.mean, &images.mean}, std::tuple{"std", &options.std, &images.std}}) {
    if (given->empty()) continue;
    check(given->size() == channels, "dataset: found ", given->size(), " values of dataset.", key,
          ", expected ", channels, ", one per channel of ", images.name);
    target->assign(given->begin(), given->end());
  }
}

void finish(const DatasetOptions& options, ImageSet& images) {
  // Where there is no training split, somebody only wants to judge a network.
  if (options.train_samples > 0 && !images.train.empty())
    images.train = first_samples(images.train, options.train_samples);
  if (options.test_samples > 0) images.test = first_samples(images.test, options.test_samples);
  if (options.validation_share > 0) {
    check(images.validation.empty(), "dataset: found dataset.validation_share ", options.validation_share,
          ", expected 0 for ", images.name, ", which has a validation split of its own");
    const auto [train, validation] = split_off(images.train, options.validation_share, options.seed);
    images.train = train, images.validation = validation;
  }
  take_statistics(options, images);
  pixel_table(images);  // refuses unusable statistics here, where the options are known
}

void finish(const DatasetOptions& options, BoxSet& boxes) {
  if (options.test_samples > 0) take_first_test(boxes, options.test_samples);
  DatasetOptions rest = options;
  rest.test_samples = 0;
  finish(rest, boxes.images);
}

void finish(const DatasetOptions& options, Corpus& corpus) {
  corpus = first_tokens(corpus, options.train_samples, options.test_samples);
}

void check_options(const DatasetKind& kind, const DatasetOptions& options) {
  check(options.train_samples >= 0 && options.test_samples >= 0, "dataset: found dataset.train_samples ",
        options.train_samples, " and dataset.test_samples ", options.test_samples,
        ", expected counts from 1, or 0 for all");
  check(options.validation_share >= 0 && options.validation_share < 1,
        "dataset: found dataset.validation_share ", options.validation_share, ", expected 0 to below 1");
  check(options.test_share >= 0 && options.test_share < 1, "dataset: found dataset.test_share ",
        options.test_share, ", expected 0 to below 1");
  check(options.test_share == 0 || kind.list != nullptr, "dataset: found dataset.test_share ",
        options.test_share, ", expected 0 for ", kind.name, ", which has a test split of its own");
  if (!kind.is_text) return;
  check(options.mean.empty() && options.std.empty(),
        "dataset: found dataset.mean or dataset.std, expected none for ", kind.name,
        ", whose words have no channels");
  check(options.validation_share == 0, "dataset: found dataset.validation_share ", options.validation_share,
        ", expected 0 for ", kind.name, ", which has a validation split of its own");
}

}  // namespace

void fill_in(DatasetOptions& options) {
  if (options.image_size == 0) options.image_size = usual_image_size(options.kind);
  const std::vector<DatasetKind>& kinds = dataset_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const DatasetKind& candidate) {
    return candidate.name == options.kind;
  });
  if (kind == kinds.end() || kind->is_text) return;
  if (kind->has_boxes && options.mean.empty()) options.mean = {0, 0, 0};
  if (kind->has_boxes && options.std.empty()) options.std = {1, 1, 1};
  const bool grey = kind->list != nullptr && options.channels == 1;
  if (options.mean.empty()) options.mean = grey ? kImageNetGreyMean : kImageNetMean;
  if (options.std.empty()) options.std = grey ? kImageNetGreyStd : kImageNetStd;
}

DatasetOutline outline_dataset(const DatasetOptions& options) {
  return find_dataset_kind(options.kind).outline(options);
}

Data open_data(const DatasetOptions& options) {
  const DatasetKind& kind = find_dataset_kind(options.kind);
  check_options(kind, options);
  Data data = kind.open(options);
  std::visit([&](auto& opened) { finish(options, opened); }, data);
  return data;
}

PictureListing list_pictures(const DatasetOptions& options) {
  const DatasetKind& kind = find_dataset_kind(options.kind);
  check(kind.list != nullptr, "dataset: found kind '", options.kind,
        "', expected one of pictures in files: folder or imagenet");
  check_options(kind, options);
  return kind.list(options);
}

ImageSet open_images(const DatasetOptions& options) {
  std::vector<std::string> names;
  for (const DatasetKind& kind : dataset_kinds()) {
    if (!kind.is_text) names.push_back(kind.name);
  }
  check(!find_dataset_kind(options.kind).is_text, "dataset: found kind '", options.kind,
        "', which is text, expected images: one of ", join(names));
  Data data = open_data(options);
  if (auto* const boxes = std::get_if<BoxSet>(&data)) return boxes->images;
  return std::get<ImageSet>(data);
}

}  // namespace nibble
