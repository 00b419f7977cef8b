#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiments/training/checkpoint.h"
#include "layers/network/network.h"

namespace nibble {

/// How a network starts from weights that are there.
struct StartOptions {
  /// By token, of a language model's data; those that a checkpoint was trained on have to be the same.
  std::vector<std::string> words{};
  /// Patterns of layers, "fc" or "138/*, 149/*", that keep their first weights: another number of classes.
  /// What the file has for them is passed over. Empty: none.
  std::string except{};
};

/// What a network has started from.
struct Start {
  std::vector<std::string> notes{};  // what was left out because of the options, for people
  // Of a quantized network: all of it, with averaged values in their places, and the file that it is from.
  std::optional<Checkpoint> quantized{};
  std::string file{};
};

/// Loads weights of another tool (interchange/weights.h), under PyTorch's names, into a network that has no
/// quantizers yet:
///   layer1.0.conv1.weight   [O, I, KH, KW]  →  layer1/0/conv1/weight  [O, KH, KW, I]
///   fc.weight [O, I], vectors as they are; a linear layer behind a flattened image has its inputs reordered
///   from [C, H, W] to [H, W, C]
/// A leading "module." (DataParallel) or "model." is dropped, num_batches_tracked ignored. Returns what was
/// left out because of the options, for people. Throws Error that counts and names missing, surplus and
/// misshapen tensors, with both shapes as the file has them, and for a pattern that no layer matches; the
/// network is untouched then.
std::vector<std::string> import_weights(Network& network, const std::string& path,
                                        const StartOptions& options = {});

/// Weights to start from, decided by content: a file of another tool (of darknet: import_darknet.h), a
/// checkpoint of ours, or the directory of a run (its checkpoint/last.h5). Of a checkpoint that kept a moving
/// average, the averaged weights are taken: they are what the run's accuracy was measured with. Of a
/// quantized one the weights are taken, and its quantizers are in Start::quantized. Throws like
/// import_weights.
Start start_from(Network& network, const std::string& path, const StartOptions& options = {});

}  // namespace nibble
