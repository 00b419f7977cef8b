#include "edge/graph/kernel_name.h"

#include "core/check.h"
#include "edge/graph/node_view.h"

namespace nibble::edge {

StorageBits storage_bits(const NodeView& node, int weight_bits) {
  const int input = node.in().storage_bits;
  return {input, weight_bits, node.out().scores ? input : node.out().storage_bits};
}

std::string kernel_name(const std::string& op, const StorageBits& bits) {
  return str("nbl_", op, "_a", bits.input, bits.weight == 0 ? "" : str("w", bits.weight),
             bits.output == bits.input ? "" : str("o", bits.output));
}

}  // namespace nibble::edge
