#pragma once

#include <string>

namespace nibble::edge {

struct NodeView;

/// Bits that codes take on the device; 0: there are none.
struct StorageBits {
  int input = 8, weight = 0, output = 8;
};

/// How a node's tensors are stored. Scores count as codes of the input.
StorageBits storage_bits(const NodeView& node, int weight_bits = 0);

/// The C function for an op on codes stored so, and the stem of the file that it stands in:
/// "nbl_conv2d_a8w4"; with codes of another width written than read, "nbl_conv2d_a8w4o4".
std::string kernel_name(const std::string& op, const StorageBits& bits);

}  // namespace nibble::edge
