// One training step, timed as ../shared/peers/torch_train_step.py times the peer's: fixed synthetic images,
// whole steps (forward, backward, optimizer), median of several. Prints one line of JSON.
//
//   train_step [model] [float|w4a4] [batch] [steps] [threads] [image side: 32, 224 for ImageNet's models]

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "core/parallel.h"
#include "datasets/datasets.h"
#include "experiments/train.h"
#include "layers/models/models.h"
#include "layers/quantize.h"

int main(int argc, char** argv) {
  using namespace nibble;
  const auto argument = [&](int i, const char* otherwise) {
    return std::string(argc > i ? argv[i] : otherwise);
  };
  const std::string model = argument(1, "resnet20"), mode = argument(2, "float");
  const long batch = std::stol(argument(3, "128"));
  const int steps = std::stoi(argument(4, "20"));
  set_threads(std::stoi(argument(5, "2")));

  const bool imagenet = model == "mobilenet_v2" || model == "efficientnet_b0" || model == "resnet18" ||
                        model == "resnet34" || model == "resnet50";
  DatasetOptions data;
  data.image_size = std::stol(argument(6, imagenet ? "224" : "32"));
  data.train_samples = 4 * batch;
  data.test_samples = 64;
  const Dataset dataset = open_dataset(data);
  Network network =
      build_model({.kind = model}, dataset.sample_shape(), imagenet ? 1000 : dataset.classes(), Rng(1));
  if (mode == "w4a4") {
    QuantPolicy policy;
    policy.method = QuantMethod::learned_scale_shift;
    quantize(network, policy);
    initialize_quantizers(network, batch_in_order(dataset, dataset.train, 0, batch).x);
  }
  TrainConfig train;
  train.batch = batch;
  train.epochs = 1000;
  train.learning_rate = 0.01;  // random weights: a step that diverges measures nothing
  Trainer trainer(network, dataset, train, 1);
  std::vector<double> seconds;
  double first_loss = 0, last_loss = 0;
  for (int i = 0; i < steps + 3; ++i) {
    const Trainer::StepResult step = trainer.step();
    if (i == 0) first_loss = step.loss;
    last_loss = step.loss;
    if (i >= 3)
      seconds.push_back(step.seconds);  // the first steps create primitives and fill the buffer pool
  }
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"engine\": \"nibble\", \"model\": \"%s\", \"quant\": \"%s\", \"batch\": %ld, \"threads\": %d, "
      "\"step_ms\": %.1f, \"images_per_s\": %.1f, \"best_images_per_s\": %.1f, \"peak_rss_mib\": %.0f, "
      "\"loss_first\": %.4f, \"loss_last\": %.4f}\n",
      model.c_str(), mode.c_str(), batch, threads(), 1000 * median, static_cast<double>(batch) / median,
      static_cast<double>(batch) / seconds.front(), static_cast<double>(usage.ru_maxrss) / 1024, first_loss,
      last_loss);
}
