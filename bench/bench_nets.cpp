#include "bench/bench_nets.h"

#include "core/buffer_pool.h"
#include "core/suggest.h"
#include "datasets/datasets.h"
#include "experiments/exit_codes.h"
#include "layers/models/models.h"
#include "layers/quantize.h"

namespace nibble::bench {

const std::vector<BenchNet>& bench_nets() {
  static const std::vector<BenchNet> nets{
      {"resnet20", 128, 32, 10},
      {"resnet18", 16, 224, 1000},
      {"mobilenet_v2", 16, 224, 1000},
      {"efficientnet_b0", 16, 224, 1000},
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

Dataset bench_images(const BenchNet& net) {
  DatasetOptions options;
  options.image_size = net.side;
  options.train_samples = 4 * net.batch;
  options.test_samples = 64;
  return open_dataset(options);
}

Network bench_network(const BenchNet& net, const std::string& mode, const Dataset& images) {
  Network network = build_model({.kind = net.name}, images.sample_shape(), net.classes, Rng(1));
  if (mode == "float") return network;
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(network, policy);
  initialize_quantizers(network, batch_in_order(images, images.train, 0, net.batch).x);
  buffer_pool::trim();
  return network;
}

TrainConfig bench_training(const BenchNet& net) {
  TrainConfig train;
  train.batch = static_cast<int>(net.batch);
  train.epochs = 1000;
  train.learning_rate = 0.01;  // a step that diverges measures nothing
  return train;
}

}  // namespace nibble::bench
