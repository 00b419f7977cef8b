#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "datasets/images/dataset.h"
#include "datasets/text/corpus.h"

namespace nibble {

/// The [dataset] section of a config.
struct DatasetOptions {
  std::string kind = "procedural";
  std::string path{};                 // directory of the files
  bool verify = true;                 // compare official checksums
  long train_samples = 0;             // the first n of the split, tokens of a text; 0: all
  long test_samples = 0;              // of a text's validation split, too
  std::vector<double> mean{}, std{};  // images: per channel, of pixel / 255; empty: the kind's own
  std::uint64_t seed = 1;             // procedural and procedural_text
  long image_size = 32;               // procedural only
  long max_vocabulary = 0;            // texts: as CorpusOptions have them
  UnknownWords unknown_words = UnknownWords::refuse;
};

using Data = std::variant<Dataset, Corpus>;

/// Reads or makes the data; an Error says what is wrong with the options or the files.
Data open_data(const DatasetOptions& options);
/// The same for images; an Error refuses a kind of text.
Dataset open_dataset(const DatasetOptions& options);

/// What a network has to know of its data. No file is read for images and for the official Penn Treebank; for
/// other texts, and for one that need not be the official one (`verify` is off), the training file is.
struct DatasetOutline {
  Shape sample;     // [H, W, C], or [1] for a word
  int classes = 0;  // of a text: words of its vocabulary
};
DatasetOutline outline_dataset(const DatasetOptions& options);

struct DatasetKind {
  std::string name;
  std::string description;  // one line for `nibble help`
  bool is_text = false;     // open_data gives a Corpus
};
const std::vector<DatasetKind>& dataset_kinds();
/// An Error names the kinds there are.
const DatasetKind& find_dataset_kind(const std::string& name);

}  // namespace nibble
