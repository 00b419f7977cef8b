// Images with one class each, judged by top-1.

#include <algorithm>

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
constexpr long kVerifyBatch = 50;
constexpr long kSelftestImages = 4;
constexpr long kAgreementImages = 200;

TrainingBatchOptions batch_options(const TrainConfig& train, std::uint64_t seed) {
  TrainingBatchOptions options;
  options.batch_size = train.batch;
  options.drop_last = train.drop_last;
  if (!train.augment) options.augmentation = {.pad = 0, .flip = false};
  options.seed = seed;
  return options;
}

class ImageTask : public Task {
 public:
  explicit ImageTask(Dataset dataset) : dataset_(std::move(dataset)) {}

  const TaskOutline& outline() const override { return outline_; }
  Shape sample_shape() const override { return dataset_.sample_shape(); }
  int classes() const override { return dataset_.classes(); }
  std::string describe() const override {
    return str(dataset_.name, ": ", dataset_.train.size(), " images to learn from, ", dataset_.test.size(),
               " of test; ", dataset_.classes(), " classes");
  }
  std::string describe_evaluation() const override {
    return str(dataset_.test.size(), " test images of ", dataset_.name);
  }
  std::vector<std::string> class_names() const override { return dataset_.class_names; }

  std::unique_ptr<BatchStream> training_batches(const TrainConfig& train, std::uint64_t seed) const override {
    return std::make_unique<TrainingBatches>(dataset_, batch_options(train, seed));
  }

  // Unaugmented. The split's own order is shuffled already.
  Sample calibration_sample(long rows) const override {
    return {batch_in_order(dataset_, dataset_.train, 0, std::min(rows, dataset_.train.size())).x};
  }

  Var loss(const Var& output, const Batch& batch, double label_smoothing) const override {
    return cross_entropy(output, batch.labels, static_cast<Real>(label_smoothing));
  }
  std::vector<double> count(const Tensor& output, const Batch& batch) const override {
    return {static_cast<double>(count_correct(output, batch.labels))};
  }
  std::vector<double> training_metrics(double, const std::vector<double>& counts,
                                       long samples) const override {
    return {100.0 * counts.front() / static_cast<double>(samples)};
  }

  // Both splits are the test split.
  Evaluation evaluate(Network& network, EvaluationSplit) const override {
    const NoGradient evaluation_only;
    buffer_pool::trim();  // the sizes of training are of no use here
    ClassCounts counts(dataset_.test.size(), network.output_shape().back());
    double sum = 0;
    for_each_batch([&](const Batch& batch) {
      const Var logits = network.forward(batch.x, {});
      sum +=
          static_cast<double>(loss(logits, batch, 0).value()[0]) * static_cast<double>(batch.labels.size());
      counts.add(logits.value(), batch.labels);
    });
    const Evaluation evaluation = counts.evaluation(sum / static_cast<double>(dataset_.test.size()));
    buffer_pool::trim();
    return evaluation;
  }

  Evaluation evaluate_integers(Network& network, EvaluationSplit) const override {
    const NoGradient evaluation_only;
    const edge::IntegerGraph graph = edge::lower(network);
    const edge::Evaluator evaluate(graph);
    ClassCounts counts(dataset_.test.size(), network.output_shape().back());
    for_each_batch(
        [&](const Batch& batch) { counts.add(evaluate(edge::encode_input(graph, batch.x)), batch.labels); });
    const Evaluation evaluation = counts.evaluation(kNotMeasured);
    buffer_pool::trim();
    return evaluation;
  }

  void pack(const edge::IntegerGraph& graph, edge::EmitOptions& options) const override {
    options.samples = test_codes(graph, 0, std::min(kSelftestImages, dataset_.test.size()));
  }

  IntegerCheck integer_check(const edge::IntegerGraph& graph) const override {
    IntegerCheck checks;
    checks.samples = dataset_.test.size();
    checks.batch = kVerifyBatch;
    checks.compared = "codes and scores";
    checks.compare = [this, &graph](const edge::CompiledModel* compiled, long begin, long end) {
      return edge::compare(graph, compiled, test_codes(graph, begin, end), begin);
    };
    checks.agreement = [this, &graph](Network& network) {
      std::vector<edge::LayerAgreement> layers;
      const long images = std::min(kAgreementImages, dataset_.test.size());
      for (long begin = 0; begin < images; begin += kVerifyBatch) {
        const Batch batch = test_batch(begin, std::min(begin + kVerifyBatch, images));
        edge::accumulate(layers, edge::compare_with_network(network, graph, batch.x));
      }
      return layers;
    };
    return checks;
  }

 private:
  Batch test_batch(long begin, long end) const { return batch_in_order(dataset_, dataset_.test, begin, end); }
  Array<std::uint8_t> test_codes(const edge::IntegerGraph& graph, long begin, long end) const {
    return edge::encode_input(graph, test_batch(begin, end).x);
  }
  template <typename Use>
  void for_each_batch(const Use& use) const {
    const long images = dataset_.test.size();
    for (long begin = 0; begin < images; begin += kEvaluationBatch)
      use(test_batch(begin, std::min(begin + kEvaluationBatch, images)));
  }

  const TaskOutline outline_ = image_outline();
  const Dataset dataset_;
};

}  // namespace

std::unique_ptr<Task> image_task(Dataset dataset) { return std::make_unique<ImageTask>(std::move(dataset)); }

}  // namespace nibble
