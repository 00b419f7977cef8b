#pragma once

#include <string>
#include <vector>

#include "datasets/images/image_set.h"
#include "experiments/training/train.h"
#include "layers/network/network.h"

namespace nibble::bench {

/// A net whose training steps are measured, with the batch and the image size of the peer.
struct BenchNet {
  std::string name;  // a model.kind; the peer uses the same name
  long batch = 0;
  long side = 0;    // of the square images
  int classes = 0;  // 10 of CIFAR-10, 1000 of ImageNet, 80 of COCO; words of a text
  long unroll = 0;  // language models: steps per batch; `batch` is then the number of sequences
  bool finds_boxes = false;
  bool reads_text() const { return unroll > 0; }
};

/// ResNet-20 of CIFAR-10; ResNet-18, MobileNet-V2 and EfficientNet-B0 of ImageNet; one LSTM of 300 units with
/// the vocabulary of Penn Treebank; YOLO-V4 and its tiny form.
const std::vector<BenchNet>& bench_nets();
/// Throws UsageError with a suggestion for an unknown name.
const BenchNet& find_net(const std::string& name);

/// "float" and "w4a4": learned scale and shift, first and last layer with 8 bits, as in the configs. In a
/// language model all layers have 4 bits.
const std::vector<std::string>& bench_modes();

/// A few batches of generated images, for measurements only.
ImageSet bench_images(const BenchNet& net);

/// The task of the net on generated data: bench_images, or random words.
std::unique_ptr<Task> bench_task(const BenchNet& net);

/// The network with random weights. In the mode "w4a4" it is quantized and its quantizers are initialized.
Network bench_network(const BenchNet& net, const std::string& mode, const Task& task);

/// The settings of its training, with a learning rate at which random weights stay finite.
TrainConfig bench_training(const BenchNet& net);

}  // namespace nibble::bench
