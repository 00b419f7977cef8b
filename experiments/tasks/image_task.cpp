// Images with one class each, judged by top-1, and by top-5 where there are many classes.

#include <algorithm>
#include <cmath>

#include "autograd/ops/loss.h"
#include "core/buffer_pool.h"
#include "core/check.h"
#include "datasets/images/batches.h"
#include "edge/lower/encode_input.h"
#include "edge/lower/lower.h"
#include "edge/run/evaluate.h"
#include "experiments/results/record.h"
#include "experiments/tasks/class_counts.h"
#include "experiments/tasks/picture_batches.h"
#include "experiments/tasks/picture_integers.h"
#include "experiments/tasks/task.h"
#include "experiments/tasks/worst_answers.h"

namespace nibble {
namespace {

TaskOutline outline_of(const ImageSet& images) {
  TaskOutline outline = image_outline(images.classes());
  if (!images.validation.empty()) outline.watched = "valid";
  return outline;
}

class ImageTask : public Task {
 public:
  explicit ImageTask(ImageSet images) : images_(std::move(images)), outline_(outline_of(images_)) {}

  const TaskOutline& outline() const override { return outline_; }
  Shape sample_shape() const override { return images_.sample_shape; }
  int classes() const override { return images_.classes(); }
  std::string describe() const override {
    const Split& valid = images_.validation;
    return str(images_.name, ": ", images_.train.size(), " images to learn from, ",
               valid.empty() ? "" : str(valid.size(), " of valid, "), images_.test.size(), " of test; ",
               images_.classes(), " classes",
               images_.left_out.empty() ? "" : str("; ", images_.left_out.size(), " damaged files left out"));
  }
  std::string describe_evaluation() const override {
    const Split& valid = images_.validation;
    return str(valid.empty() ? "" : str(valid.size(), " validation and "), images_.test.size(),
               " test images of ", images_.name);
  }
  std::vector<std::string> class_names() const override { return images_.class_names; }
  std::vector<std::string> test_names() const override {
    std::vector<std::string> names;
    for (long i = 0; i < images_.test.size() && !images_.test.name(i).empty(); ++i)
      names.push_back(images_.test.name(i));
    return names;
  }
  std::string fingerprint() const override { return images_.fingerprint; }

  bool learns() const override { return !images_.train.empty(); }
  std::unique_ptr<BatchStream> training_batches(const TrainConfig& train, std::uint64_t seed,
                                                const BatchShare& share) const override {
    check_one_size(train, outline_.kind);
    return picture_batches(images_, train, seed, share);
  }

  // Unaugmented. The split's own order is shuffled already.
  Sample calibration_sample(long rows) const override {
    check_training(images_, "calibrate with");
    return {batch_in_order(images_, images_.train, 0, std::min(rows, images_.train.size())).x};
  }
  Sample augmented_sample(const TrainConfig& train, long rows, const Rng& rng) const override {
    return {augmented_pictures(images_, train, rows, rng)};
  }

  Var loss(const std::vector<Var>& outputs, const Batch& batch, double label_smoothing) const override {
    return cross_entropy(only_output(outputs, "image task"), labels_of(batch),
                         static_cast<Real>(label_smoothing));
  }
  std::vector<double> count(const std::vector<Var>& outputs, const Batch& batch) const override {
    return count_right(only_output(outputs, "image task").value(), labels_of(batch));
  }
  std::vector<double> training_metrics(double, const std::vector<double>& counts,
                                       long samples) const override {
    std::vector<double> metrics;
    for (const double count : counts) metrics.push_back(100.0 * count / static_cast<double>(samples));
    return metrics;
  }

  Evaluation evaluate(Network& network, EvaluationSplit split) const override {
    const NoGradient evaluation_only;
    buffer_pool::trim();  // the sizes of training are of no use here
    const Split& images = images_of(split);
    ClassCounts counts(images.size(), network.output_shape().back());
    WorstAnswers worst;
    double sum = 0;
    for_each_batch(images_, images, images.size(), [&](const Batch& batch) {
      const Var logits = network.forward(batch.x, {});
      sum +=
          static_cast<double>(loss({logits}, batch, 0).value()[0]) * static_cast<double>(batch.x.shape()[0]);
      counts.add(logits.value(), labels_of(batch));
      worst.add(logits.value(), labels_of(batch));
    });
    Evaluation evaluation = counts.evaluation(sum / static_cast<double>(images.size()));
    evaluation.finite = std::isfinite(evaluation.loss);
    evaluation.worst = worst.kept();
    for (WrongAnswer& wrong : evaluation.worst) wrong.name = images.name(wrong.sample);
    buffer_pool::trim();
    return evaluation;
  }

  Evaluation evaluate_integers(Network& network, EvaluationSplit split) const override {
    const NoGradient evaluation_only;
    const edge::IntegerGraph graph = edge::lower(network);
    const edge::Evaluator evaluate(graph);
    const Split& images = images_of(split);
    ClassCounts counts(images.size(), network.output_shape().back());
    for_each_batch(images_, images, images.size(), [&](const Batch& batch) {
      counts.add(evaluate(edge::encode_input(graph, batch.x)), labels_of(batch));
    });
    const Evaluation evaluation = counts.evaluation(kNotMeasured);
    buffer_pool::trim();
    return evaluation;
  }

  Array<std::uint8_t> pictures_of_worst(const Evaluation& evaluation) const override {
    return pictures_of(images_, images_.test, evaluation.worst);
  }

  std::vector<JudgedSample> judged_samples(EvaluationSplit split, long rows) const override {
    std::vector<JudgedSample> samples;
    for_each_batch(images_, images_of(split), rows, [&](const Batch& batch) { samples.push_back({batch}); });
    return samples;
  }

  void pack(const edge::IntegerGraph& graph, edge::EmitOptions& options) const override {
    pack_pictures(images_, graph, options);
    if (graph.outputs.size() == 1 && graph.output().scores) options.classes = images_.class_names;
  }
  IntegerCheck integer_check(const edge::IntegerGraph& graph) const override {
    return check_on_pictures(images_, graph);
  }

 private:
  const Split& images_of(EvaluationSplit split) const {
    return split == EvaluationSplit::test ? images_.test : images_.watched();
  }
  static const Array<int>& labels_of(const Batch& batch) { return categories(batch.targets, "image task"); }

  const ImageSet images_;
  const TaskOutline outline_;
};

}  // namespace

std::unique_ptr<Task> image_task(ImageSet images) { return std::make_unique<ImageTask>(std::move(images)); }

}  // namespace nibble
