#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/datasets.h"
#include "datasets/stream/batch_stream.h"
#include "experiments/config/config.h"
#include "experiments/tasks/evaluate.h"

namespace nibble {

/// Rows that a network can be shown at once; for recurrent ones, steps of so many sequences.
struct Sample {
  Tensor x;
  long sequences = 0;
};

/// What a network learns from data and how that is judged: the label of an image (top-1), or the next word of
/// a text (perplexity). Training, evaluation and records are written once, against this.
class Task {
 public:
  virtual ~Task() = default;

  virtual Shape sample_shape() const = 0;
  virtual int classes() const = 0;
  /// The data in numbers: "ptb: 929589 tokens to learn from, 73760 of valid, 82430 of test; 10000 words".
  virtual std::string describe() const = 0;
  /// "images" or "tokens": what a rate counts.
  virtual const char* unit() const = 0;
  /// Names of classes, for the confusion matrix; none for words.
  virtual std::vector<std::string> class_names() const { return {}; }
  /// Words by token; none for images.
  virtual std::vector<std::string> vocabulary() const { return {}; }

  virtual std::unique_ptr<BatchStream> training_batches(const TrainConfig& train,
                                                        std::uint64_t seed) const = 0;
  /// Sequences that a training batch advances side by side, with their state carried on; 0: none.
  virtual long sequences(const TrainConfig&) const { return 0; }
  /// About so many rows of the training split, for first scales and histograms.
  virtual Sample calibration_sample(long rows) const = 0;

  /// On the split for evaluation during training: validation; of images without one, test.
  virtual Evaluation validate(Network& network) const = 0;
  /// On the test split: float or fake-quantized, and as integers.
  virtual Evaluation evaluate(Network& network) const = 0;
  virtual Evaluation evaluate_integers(Network& network) const = 0;
};

std::unique_ptr<Task> image_task(ImageSet dataset);
std::unique_ptr<Task> text_task(Corpus corpus);
std::unique_ptr<Task> make_task(const Data& data);

}  // namespace nibble
