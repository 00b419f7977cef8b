#pragma once

#include <functional>
#include <string>

#include "experiments/config/config.h"
#include "experiments/reconstruct/reconstruct_block.h"

namespace nibble {

struct BlockReport {
  std::string name;
  std::size_t number = 0, count = 0;  // from 1
  BlockErrors errors;
  double seconds = 0;
};

/// What a reconstruction tells and asks while it works.
struct ReconstructionEvents {
  std::function<bool()> keep_on;  // before every step; false: give up
  std::function<void(const std::string& stage, long step, long steps)> step;
  std::function<void(const BlockReport& report)> block_done;  // the network holds the block's new weights
};

/// Four bits from few pictures (docs/quantizer-math.md, "Reconstruction"): block after block in their order,
/// then, if the config says so, the scores of the whole. Labels are not looked at.
///   network: quantized, its quantizers initialized; it is changed
///   float_network: the same model with the weights of before; stays as it is
///   pictures: [H, W, C] each, on disk
///   done: blocks whose new weights the network has already; one more than there are: nothing is left to do
///   directory: on whose disk activations lie while it works; Error at once where they have no room
/// Results follow from rng alone: equal bits at any number of threads, and whether or not it was interrupted
/// between two blocks. Returns whether it reached the end. Throws Error naming the block.
bool reconstruct(Network& network, const Network& float_network, std::shared_ptr<MappedRows> pictures,
                 const ReconstructConfig& config, const Rng& rng, std::size_t done,
                 const std::string& directory, const ReconstructionEvents& events);

}  // namespace nibble
