#include "datasets/datasets.h"

#include <algorithm>
#include <tuple>

#include "core/check.h"
#include "core/suggest.h"
#include "datasets/images/cifar.h"
#include "datasets/images/procedural.h"
#include "datasets/text/corpus_files.h"
#include "datasets/text/procedural_text.h"

namespace nibble {
namespace {

using Open = Data (*)(const DatasetOptions&);
using Outline = DatasetOutline (*)(const DatasetOptions&);

void check_path(const DatasetOptions& options) {
  check(!options.path.empty(), "dataset: found no dataset.path, expected the directory of the ", options.kind,
        " files");
}

Dataset open_cifar(const CifarFormat& format, const DatasetOptions& options) {
  check_path(options);
  return read_cifar(format, options.path, options.verify);
}

// Samples are made, not cut from a fixed stock, so here the options are counts.
Data open_procedural(const DatasetOptions& options) {
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

CorpusOptions corpus_options(const DatasetOptions& options) {
  return {options.max_vocabulary, options.unknown_words};
}

Corpus open_corpus(const CorpusFormat& format, const DatasetOptions& options) {
  check_path(options);
  return read_corpus(format, options.path, corpus_options(options), options.verify);
}

DatasetOutline outline_corpus(const CorpusFormat& format, const DatasetOptions& options) {
  check_path(options);
  return {{1}, read_vocabulary(format, options.path, corpus_options(options), options.verify).size()};
}

DatasetOutline outline_ptb(const DatasetOptions& options) {
  if (!options.verify) return outline_corpus(ptb_format(), options);
  validate(corpus_options(options));
  const long types = ptb_format().types, limit = options.max_vocabulary;  // <unk> is one of the types
  return {{1}, static_cast<int>(limit == 0 ? types : std::min(types, limit))};
}

// Texts are made, like images: the options are counts.
Corpus open_procedural_text(const DatasetOptions& options) {
  ProceduralTextOptions text;
  if (options.train_samples > 0) text.train_tokens = options.train_samples;
  if (options.test_samples > 0) text.test_tokens = options.test_samples;
  text.seed = options.seed;
  text.corpus = corpus_options(options);
  return make_procedural_text(text);
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
       [](const DatasetOptions& options) { return Data(open_cifar(cifar10_format(), options)); },
       [](const DatasetOptions&) { return outline_cifar(cifar10_format()); }},
      {{"cifar100", "CIFAR-100 with its 100 fine classes, official train.bin, test.bin in dataset.path"},
       [](const DatasetOptions& options) { return Data(open_cifar(cifar100_format(), options)); },
       [](const DatasetOptions&) { return outline_cifar(cifar100_format()); }},
      {{"procedural_text", "little stories of about a hundred words, made from a seed; needs no files", true},
       [](const DatasetOptions& options) { return Data(open_procedural_text(options)); },
       [](const DatasetOptions& options) {
         return DatasetOutline{{1}, procedural_text_types(corpus_options(options))};
       }},
      {{"ptb", "Penn Treebank, 10000 words, ptb.train.txt, ptb.valid.txt, ptb.test.txt in dataset.path",
        true},
       [](const DatasetOptions& options) { return Data(open_corpus(ptb_format(), options)); },
       outline_ptb},
      {{"text", "any text, a sentence a line, train.txt, valid.txt, test.txt in dataset.path", true},
       [](const DatasetOptions& options) { return Data(open_corpus(text_format(), options)); },
       [](const DatasetOptions& options) { return outline_corpus(text_format(), options); }},
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

void finish(const DatasetOptions& options, Dataset& data) {
  if (options.train_samples > 0) data.train = first_samples(data.train, options.train_samples);
  if (options.test_samples > 0) data.test = first_samples(data.test, options.test_samples);
  override_statistics(options, data);
  pixel_table(data);  // refuses unusable statistics here, where the options are known
}

void finish(const DatasetOptions& options, Corpus& corpus) {
  corpus = first_tokens(corpus, options.train_samples, options.test_samples);
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

const DatasetKind& find_dataset_kind(const std::string& name) { return entry_of(name).kind; }

DatasetOutline outline_dataset(const DatasetOptions& options) {
  return entry_of(options.kind).outline(options);
}

Data open_data(const DatasetOptions& options) {
  const Entry& entry = entry_of(options.kind);
  check(options.train_samples >= 0 && options.test_samples >= 0, "dataset: found dataset.train_samples ",
        options.train_samples, " and dataset.test_samples ", options.test_samples,
        ", expected counts from 1, or 0 for all");
  check(!entry.kind.is_text || (options.mean.empty() && options.std.empty()),
        "dataset: found dataset.mean or dataset.std, expected none for ", options.kind,
        ", whose words have no channels");
  Data data = entry.open(options);
  std::visit([&](auto& opened) { finish(options, opened); }, data);
  return data;
}

Dataset open_dataset(const DatasetOptions& options) {
  std::vector<std::string> images;
  for (const DatasetKind& kind : dataset_kinds()) {
    if (!kind.is_text) images.push_back(kind.name);
  }
  check(!find_dataset_kind(options.kind).is_text, "dataset: found kind '", options.kind,
        "', which is text, expected images: one of ", join(images));
  return std::get<Dataset>(open_data(options));
}

}  // namespace nibble
