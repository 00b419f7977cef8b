#pragma once

#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "experiments/train.h"
#include "layers/network.h"

namespace nibble::bench {

/// A net whose training steps are measured, with the peer's batch and image size.
struct BenchNet {
  std::string name;  // a model.kind, and what the peer calls it
  long batch = 0;
  long side = 0;    // of the square images
  int classes = 0;  // 10 of CIFAR-10, 1000 of ImageNet
};

/// ResNet-20 of CIFAR-10; ResNet-18, MobileNet-V2 and EfficientNet-B0 of ImageNet.
const std::vector<BenchNet>& bench_nets();
/// Throws UsageError with a suggestion for an unknown name.
const BenchNet& find_net(const std::string& name);

/// "float", or "w4a4": learned scale and shift, first and last layer 8 bits, as in the configs.
const std::vector<std::string>& bench_modes();

/// Images that nothing is learned from: a few batches, made here.
Dataset bench_images(const BenchNet& net);

/// The network with random weights, quantized and its quantizers initialized where the mode says so.
Network bench_network(const BenchNet& net, const std::string& mode, const Dataset& images);

/// How it is trained: a learning rate at which random weights stay finite.
TrainConfig bench_training(const BenchNet& net);

}  // namespace nibble::bench
