#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "autograd/var.h"
#include "datasets/datasets.h"
#include "datasets/stream/batch_share.h"
#include "datasets/stream/batch_stream.h"
#include "edge/emit/emit_c.h"
#include "experiments/config/config.h"
#include "experiments/detection/detection.h"
#include "experiments/results/metric.h"
#include "experiments/tasks/evaluation.h"
#include "experiments/tasks/integer_check.h"
#include "layers/models/models.h"
#include "layers/network/network.h"

namespace nibble {

/// Rows that a network can be shown at once; for recurrent ones, steps of so many sequences.
struct Sample {
  Tensor x;
  long sequences = 0;
};

/// Rows with what they are to be answered with.
struct JudgedSample {
  Batch batch;
  long sequences = 0;  // of batch.x, as of a Sample
};

/// Judges a network by its outputs on the samples of Task::judged_samples, in their order. Refers to the
/// task.
class RowJudge {
 public:
  virtual ~RowJudge() = default;
  virtual void add(const std::vector<Var>& outputs, const Batch& batch) = 0;
  /// The task's metrics over all that was added.
  virtual std::vector<double> metrics() const = 0;
};

/// How the log's line of an epoch differs from task to task.
struct LogStyle {
  const char* rate = "img/s";  // what the rate is called
  bool learning_rate = false;  // whether it is told
};

/// What a network learns from data and how that is judged: the label of an image (top-1), or the next word of
/// a text (perplexity). Training, evaluation, records and verbs are written once, against this; nothing
/// outside of experiments/tasks asks which task it has.
class Task {
 public:
  virtual ~Task() = default;

  /// Kind, unit of samples, and the list of metrics.
  virtual const TaskOutline& outline() const = 0;
  virtual Shape sample_shape() const = 0;
  virtual int classes() const = 0;
  /// The data in numbers: "ptb: 929589 tokens to learn from, 73760 of valid, 82430 of test; 10000 words".
  virtual std::string describe() const = 0;
  /// What is judged: "10000 test images of cifar10".
  virtual std::string describe_evaluation() const = 0;
  /// Names of classes, for the confusion matrix; none for words.
  virtual std::vector<std::string> class_names() const { return {}; }
  /// Whether a sample is answered by one of its classes, so that answers can be counted for each.
  virtual bool answers_with_classes() const { return !class_names().empty(); }
  /// Whether it is answered with boxes.
  virtual bool answers_with_boxes() const { return false; }
  /// The files of the test split, in order; none where its samples only have numbers.
  virtual std::vector<std::string> test_names() const { return {}; }
  /// Words by token; none for images. A checkpoint fits a task of the same words only.
  virtual std::vector<std::string> vocabulary() const { return {}; }
  /// MD5, in hex, of the data.
  virtual std::string fingerprint() const = 0;

  // Training.
  /// Whether there are data to train with. Where there are none, a network can only be judged.
  virtual bool learns() const { return true; }
  /// Batch by batch, or a share of each.
  virtual std::unique_ptr<BatchStream> training_batches(const TrainConfig& train, std::uint64_t seed,
                                                        const BatchShare& share = {}) const = 0;
  /// Sequences that a training batch advances side by side, with their state carried on; 0: none.
  virtual long sequences(const TrainConfig&) const { return 0; }
  /// About so many rows of the training split, for first scales and histograms.
  virtual Sample calibration_sample(long rows) const = 0;
  /// The same rows as one epoch of training might show them. Throws Error for words.
  virtual Sample augmented_sample(const TrainConfig& train, long rows, const Rng& rng) const;
  /// Mean over the batch, in nats. outputs: what the network says about batch.x.
  virtual Var loss(const std::vector<Var>& outputs, const Batch& batch, double label_smoothing) const = 0;
  /// Mean over the batch of how far the outputs are from those of a teacher (train.teacher): of one output,
  /// the divergence of its scores.
  virtual Var distillation(const std::vector<Var>& outputs, const std::vector<Tensor>& teacher) const;
  /// What is counted of a training batch, one number a metric (correct answers; 0 for metrics of the loss).
  virtual std::vector<double> count(const std::vector<Var>& outputs, const Batch& batch) const = 0;
  /// The metrics of a stretch of training, from its mean loss and the sums of count() over so many samples.
  virtual std::vector<double> training_metrics(double loss, const std::vector<double>& counts,
                                               long samples) const = 0;
  virtual LogStyle log_style() const { return {}; }

  // Judgement, float or fake-quantized, and as integers.
  virtual Evaluation evaluate(Network& network, EvaluationSplit split) const = 0;
  virtual Evaluation evaluate_integers(Network& network, EvaluationSplit split) const = 0;
  /// What a person sees of the worst answers of an evaluation on the test split: [n, H, W, 3]; nothing of
  /// what is no picture.
  virtual Array<std::uint8_t> pictures_of_worst(const Evaluation&) const { return {}; }
  /// About so many rows from the beginning of a split, all of it where it has fewer, in pieces that fit into
  /// a network. Recurrent ones read each piece from a state of zero.
  virtual std::vector<JudgedSample> judged_samples(EvaluationSplit split, long rows) const = 0;
  /// By default from what is counted, as metrics of training are.
  virtual std::unique_ptr<RowJudge> row_judge() const;

  // On the device.
  /// The network as integers, with boxes where the task is to find some. Throws Error for what has none.
  virtual edge::IntegerGraph integers(const Network& network, const std::string& name) const;
  /// Whether a network that is trained under this policy can become integers.
  virtual bool has_integers(const QuantPolicy& quant) const { return quant.method != QuantMethod::none; }
  /// What an export packs beside the network: inputs for its selftest, what stands behind its codes, and
  /// names or words.
  virtual void pack(const edge::IntegerGraph& graph, edge::EmitOptions& options) const = 0;
  virtual IntegerCheck integer_check(const edge::IntegerGraph& graph) const = 0;
  /// What a network says of samples x [N, ...]: its outputs, as numbers.
  using Outputs = std::function<std::vector<Tensor>(const Tensor& x)>;
  /// The objects in a photograph [H, W, 3] whose scores exceed the least one, best first.
  using Finder = std::function<std::vector<Detection>(const Array<std::uint8_t>& pixels, double least_score)>;
  /// Finds them by a network in float or fake-quantized, or as the device does, bit for bit. Both keep a
  /// reference. Throws Error for a task that looks for none.
  virtual Finder finder(Network& network) const;
  virtual Finder finder(const edge::IntegerGraph& graph) const;
  /// The words in which a network of this task goes on with a text. Throws Error for a task without words.
  virtual const Vocabulary& words_to_generate() const;
};

/// The output of a network that has one. Throws Error in the name of `who` for several.
const Var& only_output(const std::vector<Var>& outputs, const char* who);

/// The outputs of a network in float or fake-quantized. Keeps a reference.
Task::Outputs outputs_of(Network& network);

std::unique_ptr<Task> image_task(ImageSet images);
std::unique_ptr<Task> text_task(Corpus corpus);
/// heads: of the network, in the order of its outputs
std::unique_ptr<Task> detection_task(BoxSet boxes, std::vector<darknet::YoloHead> heads);
/// Throws Error where the model is for another task: boxes need a cfg with [yolo], classes one without.
std::unique_ptr<Task> make_task(const Data& data, const ModelOptions& model);

}  // namespace nibble
