#include "datasets/datasets.h"

#include <algorithm>
#include <tuple>

#include "core/check.h"
#include "core/suggest.h"
#include "datasets/cifar.h"
#include "datasets/procedural.h"

namespace nibble {
namespace {

using Open = Dataset (*)(const DatasetOptions&);
using Outline = DatasetOutline (*)(const DatasetOptions&);

Dataset open_cifar(const CifarFormat& format, const DatasetOptions& options) {
  check(!options.path.empty(), "dataset: found no dataset.path, expected the directory of the ", format.name,
        " files");
  return read_cifar(format, options.path, options.verify);
}

// Samples are made, not cut from a fixed stock, so here the options are counts.
Dataset open_procedural(const DatasetOptions& options) {
  ProceduralOptions procedural;
  if (options.train_samples > 0) procedural.train_samples = options.train_samples;
  if (options.test_samples > 0) procedural.test_samples = options.test_samples;
  procedural.image_size = options.image_size;
  procedural.seed = options.seed;
  return make_procedural(procedural);
}

DatasetOutline outline_cifar(const CifarFormat& format) {
  return {{32, 32, 3}, static_cast<int>(format.class_names.size())};
}

struct Entry {
  DatasetKind kind;
  Open open;
  Outline outline;
};

// Every kind of data set; a new one is a line here.
const std::vector<Entry>& entries() {
  static const std::vector<Entry> table{
      {{"procedural", "ten shapes and textures made from a seed; needs no files"},
       open_procedural,
       [](const DatasetOptions& options) {
         return DatasetOutline{{options.image_size, options.image_size, 3}, kProceduralClasses};
       }},
      {{"cifar10", "CIFAR-10, official binary files data_batch_1.bin ... 5, test_batch.bin in dataset.path"},
       [](const DatasetOptions& options) { return open_cifar(cifar10_format(), options); },
       [](const DatasetOptions&) { return outline_cifar(cifar10_format()); }},
      {{"cifar100", "CIFAR-100 with its 100 fine classes, official train.bin, test.bin in dataset.path"},
       [](const DatasetOptions& options) { return open_cifar(cifar100_format(), options); },
       [](const DatasetOptions&) { return outline_cifar(cifar100_format()); }},
  };
  return table;
}

[[noreturn]] void refuse_kind(const std::string& kind) {
  std::vector<std::string> names;
  for (const DatasetKind& known : dataset_kinds()) names.push_back(known.name);
  fail("dataset: found unknown kind '", kind, "', expected one of ", join(names), did_you_mean(kind, names));
}

const Entry& entry_of(const std::string& kind) {
  const auto entry = std::find_if(entries().begin(), entries().end(),
                                  [&](const Entry& known) { return known.kind.name == kind; });
  if (entry == entries().end()) refuse_kind(kind);
  return *entry;
}

void override_statistics(const DatasetOptions& options, Dataset& data) {
  const auto channels = static_cast<std::size_t>(data.sample_shape().back());
  for (const auto& [key, given, target] :
       {std::tuple{"mean", &options.mean, &data.mean}, std::tuple{"std", &options.std, &data.std}}) {
    if (given->empty()) continue;
    check(given->size() == channels, "dataset: found ", given->size(), " values of dataset.", key,
          ", expected ", channels, ", one per channel of ", data.name);
    target->assign(given->begin(), given->end());
  }
}

}  // namespace

const std::vector<DatasetKind>& dataset_kinds() {
  static const std::vector<DatasetKind> kinds = [] {
    std::vector<DatasetKind> list;
    for (const Entry& entry : entries()) list.push_back(entry.kind);
    return list;
  }();
  return kinds;
}

DatasetOutline outline_dataset(const DatasetOptions& options) {
  return entry_of(options.kind).outline(options);
}

Dataset open_dataset(const DatasetOptions& options) {
  const Entry& entry = entry_of(options.kind);
  check(options.train_samples >= 0 && options.test_samples >= 0, "dataset: found dataset.train_samples ",
        options.train_samples, " and dataset.test_samples ", options.test_samples,
        ", expected counts from 1, or 0 for all");
  Dataset data = entry.open(options);
  if (options.train_samples > 0) data.train = first_samples(data.train, options.train_samples);
  if (options.test_samples > 0) data.test = first_samples(data.test, options.test_samples);
  override_statistics(options, data);
  pixel_table(data);  // refuses unusable statistics here, where the options are known
  return data;
}

}  // namespace nibble
