#include <algorithm>

#include "core/check.h"
#include "experiments/tasks/integer_run.h"
#include "experiments/tasks/task.h"

namespace nibble {
namespace {

class ImageTask : public Task {
 public:
  explicit ImageTask(ImageSet dataset) : dataset_(std::move(dataset)) {}

  Shape sample_shape() const override { return dataset_.sample_shape; }
  int classes() const override { return dataset_.classes(); }
  std::string describe() const override {
    return str(dataset_.name, ": ", dataset_.train.size(), " images to learn from, ",
               dataset_.validation.empty() ? "" : str(dataset_.validation.size(), " of validation, "),
               dataset_.test.size(), " of test; ", dataset_.classes(), " classes");
  }
  const char* unit() const override { return "images"; }
  std::vector<std::string> class_names() const override { return dataset_.class_names; }

  std::unique_ptr<BatchStream> training_batches(const TrainConfig& train, std::uint64_t seed) const override {
    return std::make_unique<TrainingBatches>(dataset_, batch_options(train, seed));
  }

  // Unaugmented. The split's own order is shuffled already.
  Sample calibration_sample(long rows) const override {
    return {batch_in_order(dataset_, dataset_.train, 0, std::min(rows, dataset_.train.size())).x};
  }

  Evaluation validate(Network& network) const override {
    return nibble::evaluate(network, dataset_, dataset_.watched());
  }
  Evaluation evaluate(Network& network) const override {
    return nibble::evaluate(network, dataset_, dataset_.test);
  }
  Evaluation evaluate_integers(Network& network) const override {
    return nibble::evaluate_integers(network, dataset_, dataset_.test);
  }

 private:
  ImageSet dataset_;
};

}  // namespace

std::unique_ptr<Task> image_task(ImageSet dataset) { return std::make_unique<ImageTask>(std::move(dataset)); }

std::unique_ptr<Task> make_task(const Data& data) {
  if (const auto* images = std::get_if<ImageSet>(&data)) return image_task(*images);
  return text_task(std::get<Corpus>(data));
}

}  // namespace nibble
