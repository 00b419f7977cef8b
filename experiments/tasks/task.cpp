#include "experiments/tasks/task.h"

#include "autograd/ops/loss.h"
#include "core/check.h"
#include "edge/lower/lower.h"
#include "layers/models/cfg_models.h"

namespace nibble {

const Vocabulary& Task::words_to_generate() const {
  fail("generate: found a run on ", outline().kind, ", expected a language model");
}

Sample Task::augmented_sample(const TrainConfig&, long, const Rng&) const {
  fail("reconstruct.views: found a network that reads ", outline().kind,
       ", expected pictures, which can be cropped");
}

Var Task::distillation(const std::vector<Var>& outputs, const std::vector<Tensor>& teacher) const {
  check(teacher.size() == 1, "distillation: found a teacher of ", teacher.size(), " outputs, expected one");
  return divergence(only_output(outputs, "distillation"), teacher.front());
}

const Var& only_output(const std::vector<Var>& outputs, const char* who) {
  check(outputs.size() == 1, who, ": found a network of ", outputs.size(), " outputs, expected one");
  return outputs.front();
}

namespace {

// From loss and counts.
class CountingJudge : public RowJudge {
 public:
  explicit CountingJudge(const Task& task) : task_(task) {}
  void add(const std::vector<Var>& outputs, const Batch& batch) override {
    const long rows = batch.x.shape()[0];
    rows_ += rows;
    loss_ += static_cast<double>(task_.loss(outputs, batch, 0).value()[0]) * static_cast<double>(rows);
    const std::vector<double> found = task_.count(outputs, batch);
    counts_.resize(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) counts_[i] += found[i];
  }
  std::vector<double> metrics() const override {
    return task_.training_metrics(loss_ / static_cast<double>(rows_), counts_, rows_);
  }

 private:
  const Task& task_;
  long rows_ = 0;
  double loss_ = 0;  // sum over the rows
  std::vector<double> counts_;
};

}  // namespace

std::unique_ptr<RowJudge> Task::row_judge() const { return std::make_unique<CountingJudge>(*this); }

edge::IntegerGraph Task::integers(const Network& network, const std::string& name) const {
  return edge::lower(network, name);
}

Task::Finder Task::finder(Network&) const {
  fail("detect: found a run on ", outline().kind, ", expected one that finds boxes");
}

Task::Finder Task::finder(const edge::IntegerGraph&) const {
  fail("detect: found a run on ", outline().kind, ", expected one that finds boxes");
}

Task::Outputs outputs_of(Network& network) {
  return [&network](const Tensor& x) {
    const NoGradient evaluation_only;
    std::vector<Tensor> outputs;
    for (const Var& output : network.forward_outputs(x, {})) outputs.push_back(output.value());
    return outputs;
  };
}

namespace {

// The heads of a detector; none: the network finds no boxes.
std::vector<darknet::YoloHead> heads_for(const ImageSet& images, const ModelOptions& model) {
  if (!has_cfg(model)) return {};
  const std::vector<darknet::Section> sections = cfg_of(model, images.sample_shape, images.classes());
  // How pictures come to a net changes what it finds.
  const darknet::Section& net = sections.front();
  check(!net.flag("letter_box", false) || images.fitting.filling == Filling::letterbox,
        net.where("letter_box"), ": found 1, expected dataset.fit = letterbox with it");
  return darknet::heads_of(sections);
}

}  // namespace

std::unique_ptr<Task> make_task(const Data& data, const ModelOptions& model) {
  const std::string kind = model.kind + (model.cfg.empty() ? "" : " of " + model.cfg);
  if (const auto* boxes = std::get_if<BoxSet>(&data)) {
    std::vector<darknet::YoloHead> heads = heads_for(boxes->images, model);
    check(!heads.empty(), "model: found kind ", kind,
          " for a data set of boxes, expected a detector such as yolov4, or kind darknet and a cfg with "
          "[yolo]");
    return detection_task(*boxes, std::move(heads));
  }
  if (const auto* images = std::get_if<ImageSet>(&data)) {
    check(heads_for(*images, model).empty(), "model: found kind ", kind,
          ", which finds boxes, expected a data set of boxes: coco or darknet");
    return image_task(*images);
  }
  return text_task(std::get<Corpus>(data));
}

}  // namespace nibble
