#pragma once

#include <string>
#include <vector>

#include "layers/network/network.h"

namespace nibble {

/// A stretch of a network that reads one signal and leaves one, the last of a network with several outputs
/// those: nodes first ... last. All nodes but the input belong to exactly one block.
struct Block {
  std::string name;  // of its nodes: "layer1/0", "features/3"
  std::size_t first = 0, last = 0;
  NodeRef input;  // the node whose output it reads
};

/// The blocks in their order. A block is what a model's author gave one name: a word and the numbers behind
/// it ("layer1/0" of "layer1/0/conv1"). Layers without weights belong to the block in front of them, means
/// over an image (and what reads them) to the one behind. Where more than one signal would cross a border,
/// both sides are one block. A quantizer stands in the block of its reader, so that every block leaves real
/// numbers. Behind the first of several outputs there is no border: the last block leaves them all. Throws
/// Error for a network with recurrent layers.
std::vector<Block> find_blocks(const Network& network);

/// The block as a network of its own, with the same parameters: its layers share their values with those of
/// `network`. Without quantizers: activation quantizers are left out, weights lose theirs.
Network take_block(const Network& network, const Block& block, bool quantizers);

}  // namespace nibble
