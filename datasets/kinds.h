#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "datasets/images/image_set.h"
#include "datasets/text/corpus.h"

namespace nibble {

/// The [dataset] section of a config, of images or of text.
struct DatasetOptions {
  std::string kind = "procedural";
  std::string path{};                // directory of the files
  bool verify = true;                // compare official checksums
  long train_samples = 0;            // the first n of the split, tokens of a text; 0: all
  long test_samples = 0;             // of a text's validation split, too
  double validation_share = 0;       // images: of the training split, 0 ≤ share < 1; 0: no validation split
  std::vector<float> mean{}, std{};  // images: per channel, of pixel / 255; empty: ImageNet's (fill_in)
  std::uint64_t seed = 1;            // procedural and procedural_text; the choice of the validation split
  long image_size = 32;              // procedural only
  long max_vocabulary = 0;           // texts: as CorpusOptions have them
  UnknownWords unknown_words = UnknownWords::refuse;
};

using Data = std::variant<ImageSet, Corpus>;

/// What a network has to know of its data.
struct DatasetOutline {
  Shape sample;     // [H, W, C], or [1] for a word
  int classes = 0;  // of a text: words of its vocabulary
};

/// A value of dataset.kind.
struct DatasetKind {
  std::string name;
  std::string description;  // one line for `nibble help`
  bool is_text = false;     // `open` gives a Corpus
  Data (*open)(const DatasetOptions&) =
      nullptr;  // everything in the files; open_data applies the other options
  DatasetOutline (*outline)(const DatasetOptions&) = nullptr;
};
const std::vector<DatasetKind>& dataset_kinds();
/// An Error names the kinds there are.
const DatasetKind& find_dataset_kind(const std::string& name);

}  // namespace nibble
