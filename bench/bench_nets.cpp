#include "bench/bench_nets.h"

#include <algorithm>

#include "core/buffer_pool.h"
#include "core/suggest.h"
#include "datasets/datasets.h"
#include "experiments/process/exit_codes.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

namespace nibble::bench {
namespace {

constexpr int kHidden = 300;  // units of the language model

}  // namespace

const std::vector<BenchNet>& bench_nets() {
  static const std::vector<BenchNet> nets{
      {.name = "resnet20", .batch = 128, .side = 32, .classes = 10},
      {.name = "resnet18", .batch = 16, .side = 224, .classes = 1000},
      {.name = "mobilenet_v2", .batch = 16, .side = 224, .classes = 1000},
      {.name = "efficientnet_b0", .batch = 16, .side = 224, .classes = 1000},
      {.name = "lstm", .batch = 20, .classes = 10000, .unroll = 35},
  };
  return nets;
}

const BenchNet& find_net(const std::string& name) {
  std::vector<std::string> names;
  for (const BenchNet& net : bench_nets()) {
    if (net.name == name) return net;
    names.push_back(net.name);
  }
  usage_error("unknown net '", name, "', expected one of ", join(names), did_you_mean(name, names));
}

const std::vector<std::string>& bench_modes() {
  static const std::vector<std::string> modes{"float", "w4a4"};
  return modes;
}

ImageSet bench_images(const BenchNet& net) {
  DatasetOptions options;
  options.image_size = net.side;
  options.train_samples = 4 * net.batch;
  options.test_samples = 64;
  return open_images(options);
}

std::unique_ptr<Task> bench_task(const BenchNet& net) {
  if (!net.reads_text()) return image_task(bench_images(net));
  std::vector<std::string> words;
  for (int i = 0; i < net.classes; ++i) words.push_back("w" + std::to_string(i));
  Corpus corpus;
  corpus.name = net.name;
  corpus.vocabulary = Vocabulary(std::move(words));
  corpus.train = Array<int>::uninitialized({net.batch * (4 * net.unroll + 1)});
  Rng rng(1);
  for (int& token : corpus.train)
    token = static_cast<int>(rng.below(static_cast<std::uint64_t>(net.classes)));
  corpus.valid = corpus.test = corpus.train;
  return text_task(std::move(corpus));
}

Network bench_network(const BenchNet& net, const std::string& mode, const Task& task) {
  ModelOptions model;
  model.kind = net.name;
  if (net.reads_text()) model.width = kHidden;
  Network network = build_model(model, task.sample_shape(), net.classes, Rng(1));
  if (mode == "float") return network;
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  if (net.reads_text()) policy.first_and_last_bits = policy.weight_bits;
  quantize(network, policy);
  const Sample sample = task.calibration_sample(net.batch * std::max(net.unroll, 1L));
  initialize_quantizers(network, sample.x, sample.sequences);
  buffer_pool::trim();
  return network;
}

TrainConfig bench_training(const BenchNet& net) {
  TrainConfig train;
  train.batch = static_cast<int>(net.batch);
  train.epochs = 1000;
  train.learning_rate = 0.001;  // so small that random weights do not diverge
  if (net.reads_text()) {       // the same as the peer: no momentum, no decay, clipped gradients
    train.unroll = static_cast<int>(net.unroll);
    train.momentum = train.weight_decay = 0;
    train.nesterov = false;
    train.clip_norm = 0.25;
  }
  return train;
}

}  // namespace nibble::bench
