// Photographs in which objects are found, judged by the twelve figures of COCO. Networks of this task are
// imported, judged, calibrated and made integers; they are not trained yet.

#include <algorithm>
#include <cmath>

#include "core/buffer_pool.h"
#include "core/check.h"
#include "datasets/images/batches.h"
#include "edge/lower/lower.h"
#include "experiments/detection/coco_metrics.h"
#include "experiments/detection/decode.h"
#include "experiments/results/record.h"
#include "experiments/tasks/picture_integers.h"
#include "experiments/tasks/task.h"

namespace nibble {
namespace {

constexpr double kLeastScore = 0.001;  // COCO's figures want everything that a network believes in
constexpr double kSuppression = 0.45;  // overlap of two boxes of one class

bool all_finite(const Tensor& values) {
  return std::all_of(values.begin(), values.end(), [](Real v) { return std::isfinite(v); });
}

class DetectionTask : public Task {
 public:
  DetectionTask(BoxSet boxes, std::vector<darknet::YoloHead> heads)
      : boxes_(std::move(boxes)), heads_(std::move(heads)), outline_(detection_outline()) {}

  const TaskOutline& outline() const override { return outline_; }
  Shape sample_shape() const override { return boxes_.images.sample_shape; }
  int classes() const override { return boxes_.images.classes(); }
  std::string describe() const override {
    return str(boxes_.images.name, ": ", boxes_.images.train.size(), " training and ",
               boxes_.images.test.size(), " test images with ", boxes_.test.objects.size(), " objects; ",
               classes(), " classes");
  }
  std::string describe_evaluation() const override {
    return str(boxes_.images.test.size(), " test images of ", boxes_.images.name, " with ",
               boxes_.test.objects.size(), " objects");
  }
  std::vector<std::string> class_names() const override { return boxes_.images.class_names; }
  std::vector<std::string> test_names() const override {
    std::vector<std::string> names;
    for (const CocoImage& image : boxes_.test.images) names.push_back(image.file);
    return names;
  }
  bool answers_with_classes() const override { return false; }
  std::string fingerprint() const override { return boxes_.images.fingerprint; }

  bool learns() const override { return false; }
  std::unique_ptr<BatchStream> training_batches(const TrainConfig&, std::uint64_t) const override {
    refuse_training();
  }
  Var loss(const Var&, const Batch&, double) const override { refuse_training(); }
  std::vector<double> count(const Tensor&, const Batch&) const override { refuse_training(); }
  std::vector<double> training_metrics(double, const std::vector<double>&, long) const override {
    refuse_training();
  }

  Sample calibration_sample(long rows) const override {
    check_training(boxes_.images, "calibrate with");
    const Split& train = boxes_.images.train;
    return {batch_in_order(boxes_.images, train, 0, std::min(rows, train.size())).x};
  }

  Evaluation evaluate(Network& network, EvaluationSplit) const override {
    buffer_pool::trim();  // the sizes of training are of no use here
    return judge_outputs(outputs_of(network));
  }
  Evaluation evaluate_integers(Network& network, EvaluationSplit) const override {
    const edge::IntegerGraph graph = edge::lower(network);
    return judge_outputs(outputs_of(graph));
  }

  std::vector<JudgedSample> judged_samples(EvaluationSplit, long rows) const override {
    std::vector<JudgedSample> samples;
    for_each_batch(boxes_.images, boxes_.images.test, rows,
                   [&](const Batch& batch) { samples.push_back({batch}); });
    return samples;
  }

  std::vector<Detection> find_objects(const Outputs& outputs, const Array<std::uint8_t>& pixels,
                                      double least_score) const override {
    const ImageSet& images = boxes_.images;
    const Shape &window = images.sample_shape, &shape = pixels.shape();
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(window.count()));
    fit(pixels.data(), shape, images.fitting, {}, window, bytes.data());
    Tensor x = Tensor::uninitialized({1, window[0], window[1], window[2]});
    normalize(bytes.data(), window.count(), pixel_table(images), x.data());
    return found_in(outputs(x), 0, shape[1], shape[0], least_score);
  }

  void pack(const edge::IntegerGraph& graph, edge::EmitOptions& options) const override {
    pack_pictures(boxes_.images, graph, options);
  }
  IntegerCheck integer_check(const edge::IntegerGraph& graph) const override {
    return check_on_pictures(boxes_.images, graph);
  }

 private:
  [[noreturn]] void refuse_training() const {
    fail(boxes_.images.name,
         ": found a network that finds boxes, which can be judged, calibrated and exported "
         "here, but not trained yet");
  }

  // What is found in a picture of so many pixels, from row `row` of the outputs.
  std::vector<Detection> found_in(const std::vector<Tensor>& outputs, long row, long width, long height,
                                  double least_score) const {
    check(outputs.size() == heads_.size(), "detection: found ", outputs.size(), " outputs, expected ",
          heads_.size(), ": one for each [yolo]");
    std::vector<Detection> found;
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      const Shape& shape = outputs[k].shape();
      const auto more = decode(outputs[k].data() + row * shape.row(), {shape[1], shape[2], shape[3]},
                               heads_[k], {sample_shape(), width, height, least_score});
      found.insert(found.end(), more.begin(), more.end());
    }
    const bool by_distance = heads_.front().suppression == darknet::NmsKind::distance;
    return suppress(std::move(found), kSuppression,
                    by_distance ? Suppression::distance : Suppression::greedy);
  }

  Evaluation judge_outputs(const Outputs& outputs_for) const {
    Evaluation evaluation;
    evaluation.loss = kNotMeasured;
    std::vector<CocoResult> results;
    for_each_batch(boxes_.images, boxes_.images.test, boxes_.images.test.size(), [&](const Batch& batch) {
      const std::vector<Tensor> outputs = outputs_for(batch.x);
      for (const Tensor& output : outputs) evaluation.finite = evaluation.finite && all_finite(output);
      for (long row = 0; row < batch.x.shape()[0]; ++row) {
        const CocoImage& image = boxes_.test.images[static_cast<std::size_t>(evaluation.samples++)];
        for (const Detection& d : found_in(outputs, row, image.width, image.height, kLeastScore))
          results.push_back({image.id, category_of(d.label), d.score, d.extent});
      }
    });
    for (const double figure : evaluate_coco(boxes_.test, results).figures.values)
      evaluation.metrics.push_back(figure < 0 ? kNotMeasured : 100 * figure);
    buffer_pool::trim();
    return evaluation;
  }

  long category_of(int label) const { return boxes_.test.categories[static_cast<std::size_t>(label)].id; }

  const BoxSet boxes_;
  const std::vector<darknet::YoloHead> heads_;
  const TaskOutline outline_;
};

}  // namespace

std::unique_ptr<Task> detection_task(BoxSet boxes, std::vector<darknet::YoloHead> heads) {
  return std::make_unique<DetectionTask>(std::move(boxes), std::move(heads));
}

}  // namespace nibble
