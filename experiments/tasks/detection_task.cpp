// Photographs in which objects are found, judged by the twelve figures of COCO.

#include <algorithm>
#include <cmath>

#include "core/buffer_pool.h"
#include "core/check.h"
#include "datasets/images/batches.h"
#include "edge/lower/box_tables.h"
#include "edge/lower/encode_input.h"
#include "edge/lower/lower.h"
#include "edge/run/evaluate.h"
#include "edge/run/find_boxes.h"
#include "experiments/detection/decode.h"
#include "experiments/detection/match_boxes.h"
#include "experiments/results/record.h"
#include "experiments/tasks/box_judge.h"
#include "experiments/tasks/head_losses.h"
#include "experiments/tasks/integer_boxes.h"
#include "experiments/tasks/picture_batches.h"
#include "experiments/tasks/picture_integers.h"
#include "experiments/tasks/task.h"
#include "experiments/tasks/worst_boxes.h"

namespace nibble {
namespace {

// What is looked for: scores above the least one, and so many boxes of a class.
struct Wanted {
  double least_score = 0;
  std::size_t most = kAllFound;
};

// COCO's figures want everything that a network believes in, and count so many. A net that has not learned
// yet believes in everything, and each box would be compared with all others.
constexpr Wanted kJudged{0.001, kMostFound};
constexpr double kShownScore = 0.25;   // what is worth to be shown, on the device
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
  bool answers_with_boxes() const override { return true; }
  std::string fingerprint() const override { return boxes_.images.fingerprint; }

  bool learns() const override { return !boxes_.images.train.empty(); }
  std::unique_ptr<BatchStream> training_batches(const TrainConfig& train, std::uint64_t seed,
                                                const BatchShare& share) const override {
    if (train.teacher.empty() || train.teacher_share < 1) check_trainable(heads_);
    return picture_batches(boxes_.images, train, seed, share);
  }
  Var loss(const std::vector<Var>& outputs, const Batch& batch, double label_smoothing) const override {
    const Shape& x = batch.x.shape();  // in training, sizes may change from batch to batch
    return loss_of_heads(outputs, heads_, {x[1], x[2], x[3]}, batch, label_smoothing);
  }
  Var distillation(const std::vector<Var>& outputs, const std::vector<Tensor>& teacher) const override {
    return distance_of_heads(outputs, teacher, heads_);
  }
  // Precision is a matter of whole splits, not of batches.
  std::vector<double> count(const std::vector<Var>&, const Batch&) const override {
    return std::vector<double>(outline_.metrics.size(), 0);
  }
  std::vector<double> training_metrics(double, const std::vector<double>&, long) const override {
    return std::vector<double>(outline_.metrics.size(), kNotMeasured);
  }

  Sample calibration_sample(long rows) const override {
    check_training(boxes_.images, "calibrate with");
    const Split& train = boxes_.images.train;
    return {batch_in_order(boxes_.images, train, 0, std::min(rows, train.size())).x};
  }
  Sample augmented_sample(const TrainConfig& train, long rows, const Rng& rng) const override {
    return {augmented_pictures(boxes_.images, train, rows, rng)};
  }

  Evaluation evaluate(Network& network, EvaluationSplit) const override {
    buffer_pool::trim();  // the sizes of training are of no use here
    return judge_outputs(outputs_of(network));
  }
  Evaluation evaluate_integers(Network& network, EvaluationSplit) const override {
    return judge_integers(integers(network, "network"));
  }

  Array<std::uint8_t> pictures_of_worst(const Evaluation& evaluation) const override {
    return pictures_of(boxes_.images, boxes_.images.test, boxes_.test, evaluation.worst_boxes,
                       evaluation.boxes->results, kShownScore);
  }

  std::unique_ptr<RowJudge> row_judge() const override {
    class Judge : public RowJudge {
     public:
      explicit Judge(const DetectionTask& task) : task_(task), judge_(task.boxes_.test) {}
      void add(const std::vector<Var>& outputs, const Batch& batch) override {
        std::vector<Tensor> numbers;
        for (const Var& output : outputs) numbers.push_back(output.value());
        task_.show(numbers, batch, judge_);
      }
      std::vector<double> metrics() const override { return BoxJudge::metrics(judge_.answers()); }

     private:
      const DetectionTask& task_;
      BoxJudge judge_;
    };
    return std::make_unique<Judge>(*this);
  }
  std::vector<JudgedSample> judged_samples(EvaluationSplit, long rows) const override {
    std::vector<JudgedSample> samples;
    for_each_batch(boxes_.images, boxes_.images.test, rows,
                   [&](const Batch& batch) { samples.push_back({batch}); });
    return samples;
  }

  Finder finder(Network& network) const override {
    return [this, outputs = outputs_of(network)](const Array<std::uint8_t>& pixels, double least_score) {
      const Shape& picture = pixels.shape();
      return found_in(outputs(read_picture(boxes_.images, pixels)), 0, picture[1], picture[0], {least_score});
    };
  }
  Finder finder(const edge::IntegerGraph& graph) const override {
    const auto evaluate = std::make_shared<edge::Evaluator>(graph);
    return [this, &graph, evaluate](const Array<std::uint8_t>& pixels, double least_score) {
      const Shape& picture = pixels.shape();
      const edge::IntegerOutputs codes =
          evaluate->outputs(edge::encode_input(graph, read_picture(boxes_.images, pixels)));
      return found_in(graph, codes, 0, picture[1], picture[0], {least_score});
    };
  }

  edge::IntegerGraph integers(const Network& network, const std::string& name) const override {
    edge::IntegerGraph graph = edge::lower(network, name);
    graph.boxes = box_decoder(graph, heads_, kShownScore, kSuppression);
    edge::check_boxes(graph);
    return graph;
  }
  void pack(const edge::IntegerGraph& graph, edge::EmitOptions& options) const override {
    pack_pictures(boxes_.images, graph, options);
    options.classes = boxes_.images.class_names;
  }
  IntegerCheck integer_check(const edge::IntegerGraph& graph) const override {
    return check_on_pictures(boxes_.images, graph);
  }

 private:
  // Where the network sees it.
  Rectangle frame_of_picture(long width, long height) const {
    return frame_of({height, width, 3}, boxes_.images.fitting.filling, sample_shape());
  }

  // What is found in a picture of so many pixels, from row `row` of the outputs.
  std::vector<Detection> found_in(const std::vector<Tensor>& outputs, long row, long width, long height,
                                  const Wanted& wanted) const {
    return find_boxes(outputs, row, heads_,
                      {sample_shape(), width, height, wanted.least_score, frame_of_picture(width, height)},
                      kSuppression, wanted.most);
  }

  // The same from codes, as the device has it.
  std::vector<Detection> found_in(const edge::IntegerGraph& graph, const edge::IntegerOutputs& codes,
                                  long row, long width, long height, const Wanted& wanted) const {
    return detections(edge::find_boxes(graph, codes, row, edge::score_of(wanted.least_score), wanted.most),
                      frame_of_picture(width, height), width, height);
  }

  // The loss that training with labels would have on these pictures, where the cfg asks for one that we have.
  double loss_of(const std::vector<Tensor>& outputs, const Batch& batch) const {
    const bool has_loss = std::all_of(heads_.begin(), heads_.end(),
                                      [](const auto& head) { return head.loss.unsupported.empty(); });
    if (!has_loss) return kNotMeasured;
    const std::vector<Var> constants(outputs.begin(), outputs.end());
    return static_cast<double>(loss(constants, batch, 0).value()[0]);
  }

  Evaluation judge_outputs(const Outputs& outputs_for) const {
    Evaluation evaluation;
    BoxJudge judge(boxes_.test);
    double sum = 0;
    for_each_batch(boxes_.images, boxes_.images.test, boxes_.images.test.size(), [&](const Batch& batch) {
      const std::vector<Tensor> outputs = outputs_for(batch.x);
      for (const Tensor& output : outputs) evaluation.finite = evaluation.finite && all_finite(output);
      sum += loss_of(outputs, batch) * static_cast<double>(batch.x.shape()[0]);
      show(outputs, batch, judge);
    });
    conclude(judge, evaluation);
    evaluation.loss = sum / static_cast<double>(evaluation.samples);
    evaluation.worst_boxes = worst_boxes(boxes_.test, *evaluation.boxes, kShownScore);
    return evaluation;
  }

  Evaluation judge_integers(const edge::IntegerGraph& graph) const {
    const edge::Evaluator evaluate(graph);
    Evaluation evaluation;
    BoxJudge judge(boxes_.test);
    for_each_batch(boxes_.images, boxes_.images.test, boxes_.images.test.size(), [&](const Batch& batch) {
      const edge::IntegerOutputs codes = evaluate.outputs(edge::encode_input(graph, batch.x));
      for (long row = 0; row < batch.x.shape()[0]; ++row)
        judge.add(found_in(graph, codes, row, judge.next().width, judge.next().height, kJudged));
    });
    conclude(judge, evaluation);
    return evaluation;
  }

  void show(const std::vector<Tensor>& outputs, const Batch& batch, BoxJudge& judge) const {
    for (long row = 0; row < batch.x.shape()[0]; ++row)
      judge.add(found_in(outputs, row, judge.next().width, judge.next().height, kJudged));
  }

  void conclude(const BoxJudge& judge, Evaluation& evaluation) const {
    evaluation.loss = kNotMeasured;
    evaluation.samples = judge.pictures();
    evaluation.boxes = judge.answers();
    evaluation.metrics = BoxJudge::metrics(*evaluation.boxes);
    buffer_pool::trim();
  }

  const BoxSet boxes_;
  const std::vector<darknet::YoloHead> heads_;
  const TaskOutline outline_;
};

}  // namespace

std::unique_ptr<Task> detection_task(BoxSet boxes, std::vector<darknet::YoloHead> heads) {
  return std::make_unique<DetectionTask>(std::move(boxes), std::move(heads));
}

}  // namespace nibble
