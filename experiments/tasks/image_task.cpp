// Images with one class each, judged by top-1, and by top-5 where there are many classes.

#include <algorithm>
#include <limits>

#include "autograd/ops/loss.h"
#include "core/buffer_pool.h"
#include "core/check.h"
#include "datasets/images/batches.h"
#include "edge/lower/encode_input.h"
#include "edge/lower/lower.h"
#include "edge/run/evaluate.h"
#include "experiments/results/record.h"
#include "experiments/tasks/class_counts.h"
#include "experiments/tasks/task.h"

namespace nibble {
namespace {

constexpr long kEvaluationBatch = 256;
constexpr long kEvaluationBatchOfPictures = 32;  // they are larger
constexpr long kVerifyBatch = 50;
constexpr long kSelftestImages = 4;
constexpr long kAgreementImages = 200;

Augmentation augmentation_of(const TrainConfig& train, const ImageSet& images) {
  if (!train.augment) return {.pad = 0, .flip = false};
  Augmentation augmentation;
  if (train.crop == Cropping::resized || (train.crop == Cropping::own && images.any_size))
    augmentation.resized_crop = ResizedCrop{.smallest_share = train.smallest_crop};
  augmentation.jitter = train.jitter;
  return augmentation;
}

TrainingBatchOptions batch_options(const TrainConfig& train, const ImageSet& images, std::uint64_t seed) {
  TrainingBatchOptions options;
  options.batch_size = train.batch;
  options.drop_last = train.drop_last;
  options.augmentation = augmentation_of(train, images);
  options.seed = seed;
  options.prefetch = {.threads = train.prefetch_threads, .ahead = train.prefetch_threads + 2};
  return options;
}

TaskOutline outline_of(const ImageSet& images) {
  TaskOutline outline = image_outline(images.classes());
  if (!images.validation.empty()) outline.watched = "valid";
  return outline;
}

// As our data sets store pixels.
std::vector<std::string> channel_names(long channels) {
  if (channels == 3) return {"red", "green", "blue"};
  if (channels == 1) return {"grey"};
  std::vector<std::string> names;
  for (long c = 0; c < channels; ++c) names.push_back(str("channel ", c));
  return names;
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
  std::unique_ptr<BatchStream> training_batches(const TrainConfig& train, std::uint64_t seed) const override {
    check_training("train with");
    return std::make_unique<TrainingBatches>(images_, batch_options(train, images_, seed));
  }

  // Unaugmented. The split's own order is shuffled already.
  Sample calibration_sample(long rows) const override {
    check_training("calibrate with");
    return {batch_in_order(images_, images_.train, 0, std::min(rows, images_.train.size())).x};
  }

  Var loss(const Var& output, const Batch& batch, double label_smoothing) const override {
    return cross_entropy(output, labels_of(batch), static_cast<Real>(label_smoothing));
  }
  std::vector<double> count(const Tensor& output, const Batch& batch) const override {
    return count_right(output, labels_of(batch));
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
    double sum = 0;
    for_each_batch(images, [&](const Batch& batch) {
      const Var logits = network.forward(batch.x, {});
      sum += static_cast<double>(loss(logits, batch, 0).value()[0]) * static_cast<double>(batch.x.shape()[0]);
      counts.add(logits.value(), labels_of(batch));
    });
    const Evaluation evaluation = counts.evaluation(sum / static_cast<double>(images.size()));
    buffer_pool::trim();
    return evaluation;
  }

  Evaluation evaluate_integers(Network& network, EvaluationSplit split) const override {
    const NoGradient evaluation_only;
    const edge::IntegerGraph graph = edge::lower(network);
    const edge::Evaluator evaluate(graph);
    const Split& images = images_of(split);
    ClassCounts counts(images.size(), network.output_shape().back());
    for_each_batch(images, [&](const Batch& batch) {
      counts.add(evaluate(edge::encode_input(graph, batch.x)), labels_of(batch));
    });
    const Evaluation evaluation = counts.evaluation(kNotMeasured);
    buffer_pool::trim();
    return evaluation;
  }

  std::vector<JudgedSample> judged_samples(EvaluationSplit split, long rows) const override {
    std::vector<JudgedSample> samples;
    for_each_batch(
        images_of(split), [&](const Batch& batch) { samples.push_back({batch}); }, rows);
    return samples;
  }

  void pack(const edge::IntegerGraph& graph, edge::EmitOptions& options) const override {
    options.samples = test_codes(graph, 0, std::min(kSelftestImages, images_.test.size()));
    if (graph.outputs.size() == 1 && graph.output().scores) options.classes = images_.class_names;
    const std::vector<Real> numbers = pixel_table(images_);
    const auto channels = static_cast<long>(images_.mean.size());
    Tensor x = Tensor::uninitialized({channels, 256});
    std::copy(numbers.begin(), numbers.end(), x.data());
    const Array<std::uint8_t> codes = edge::encode_numbers(graph, x);
    options.pixels = {channel_names(channels), images_.mean, images_.std, {codes.begin(), codes.end()}};
  }

  IntegerCheck integer_check(const edge::IntegerGraph& graph) const override {
    IntegerCheck checks;
    checks.samples = images_.test.size();
    checks.batch = kVerifyBatch;
    checks.compared = "codes and scores";
    checks.compare = [this, &graph](const edge::CompiledModel* compiled, long begin, long end) {
      return edge::compare(graph, compiled, test_codes(graph, begin, end), begin);
    };
    checks.agreement = [this, &graph](Network& network) {
      std::vector<edge::LayerAgreement> layers;
      const long images = std::min(kAgreementImages, images_.test.size());
      for (long begin = 0; begin < images; begin += kVerifyBatch) {
        const Batch batch = test_batch(begin, std::min(begin + kVerifyBatch, images));
        edge::accumulate(layers, edge::compare_with_network(network, graph, batch.x));
      }
      return layers;
    };
    return checks;
  }

 private:
  void check_training(const char* purpose) const {
    check(!images_.train.empty(), images_.name, ": found no training picture, expected some to ", purpose);
  }
  Batch test_batch(long begin, long end) const { return batch_in_order(images_, images_.test, begin, end); }
  Array<std::uint8_t> test_codes(const edge::IntegerGraph& graph, long begin, long end) const {
    return edge::encode_input(graph, test_batch(begin, end).x);
  }
  const Split& images_of(EvaluationSplit split) const {
    return split == EvaluationSplit::test ? images_.test : images_.watched();
  }
  // Of so many images; by default of all.
  template <typename Use>
  void for_each_batch(const Split& split, const Use& use,
                      long images = std::numeric_limits<long>::max()) const {
    const long batch = images_.any_size ? kEvaluationBatchOfPictures : kEvaluationBatch;
    const long all = std::min(images, split.size());
    for (long begin = 0; begin < all; begin += batch)
      use(batch_in_order(images_, split, begin, std::min(begin + batch, all)));
  }
  static const Array<int>& labels_of(const Batch& batch) { return categories(batch.targets, "image task"); }

  const ImageSet images_;
  const TaskOutline outline_;
};

}  // namespace

std::unique_ptr<Task> image_task(ImageSet images) { return std::make_unique<ImageTask>(std::move(images)); }

}  // namespace nibble
