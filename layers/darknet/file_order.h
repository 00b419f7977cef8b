#pragma once

#include <string>
#include <vector>

#include "layers/darknet/darknet.h"

namespace nibble::darknet {

/// How a tensor of the network stands in a .weights file.
struct StoredTensor {
  std::string path;       // "12/conv/weight"
  Shape shape;            // ours: [O, KH, KW, I] of a convolution, which stands as [O, I, KH, KW]
  bool variance = false;  // of a norm, whose layer has this ε
  double epsilon = 0;
  Shape image = {};  // [H, W, C] that a linear layer's inputs are, which stand as [C, H, W]; or empty
};

/// The tensors of a network in the order of a .weights file: layer by layer
///   convolutional   bias; of one with a norm the norm's bias, weight, mean and variance; then the weights
///   connected       bias or the norm's bias, weights; then the norm's weight, mean and variance
///   batchnorm       bias, weight, mean, variance
/// Throws Error, naming the node, for a layer that such a file cannot hold: with quantizers, without a bias,
/// recurrent.
std::vector<StoredTensor> file_order(Network& network);

/// A tensor as it stands in the file, and back.
std::vector<float> to_file(const Tensor& values, const StoredTensor& stored);
Tensor from_file(const float* numbers, const StoredTensor& stored);

}  // namespace nibble::darknet
