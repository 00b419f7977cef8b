#pragma once

#include <string>
#include <vector>

#include "layers/network/network.h"

namespace nibble {

/// Loads a safetensors file with PyTorch's names into a network that has no quantizers yet:
///   layer1.0.conv1.weight   [O, I, KH, KW]  →  layer1/0/conv1/weight  [O, KH, KW, I]
///   fc.weight [O, I], vectors as they are; a linear layer behind a flattened image has its inputs reordered
///   from [C, H, W] to [H, W, C]
/// A leading "module." (DataParallel) is dropped, num_batches_tracked ignored. Throws Error that counts and
/// names missing, surplus and misshapen tensors, with both shapes as the file has them; the network is
/// untouched then.
void import_safetensors(Network& network, const std::string& path);

/// Weights to start from, decided by content: a safetensors file, a checkpoint of ours, or the directory of a
/// run (its checkpoint/last.h5). Of a checkpoint that kept a moving average, the averaged weights are taken:
/// they are what the run's accuracy was measured with. words: by token, of a language model's data, which
/// must be those that a checkpoint was trained on.
void start_from(Network& network, const std::string& path, const std::vector<std::string>& words = {});

}  // namespace nibble
