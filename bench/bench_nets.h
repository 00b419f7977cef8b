#pragma once

#include <string>
#include <vector>

#include "datasets/images/image_set.h"
#include "experiments/training/train.h"
#include "layers/network/network.h"

namespace nibble::bench {

/// A net whose training steps are measured, with the peer's batch and image size.
struct BenchNet {
  std::string name;  // a model.kind, and what the peer calls it
  long batch = 0;
  long side = 0;    // of the square images
  int classes = 0;  // 10 of CIFAR-10, 1000 of ImageNet; words of a text
  long unroll = 0;  // language models: steps of a batch, whose sequences `batch` counts
  bool reads_text() const { return unroll > 0; }
};

/// ResNet-20 of CIFAR-10; ResNet-18, MobileNet-V2 and EfficientNet-B0 of ImageNet; one LSTM of 300 units with
/// the vocabulary of Penn Treebank.
const std::vector<BenchNet>& bench_nets();
/// Throws UsageError with a suggestion for an unknown name.
const BenchNet& find_net(const std::string& name);

/// "float", or "w4a4": learned scale and shift, first and last layer 8 bits, as in the configs; of a language
/// model all layers 4 bits.
const std::vector<std::string>& bench_modes();

/// Images that nothing is learned from: a few batches, made here.
ImageSet bench_images(const BenchNet& net);

/// The net's task on data that nothing is learned from: such images, or random words.
std::unique_ptr<Task> bench_task(const BenchNet& net);

/// The network with random weights, quantized and its quantizers initialized where the mode says so.
Network bench_network(const BenchNet& net, const std::string& mode, const Task& task);

/// How it is trained: a learning rate at which random weights stay finite.
TrainConfig bench_training(const BenchNet& net);

}  // namespace nibble::bench
