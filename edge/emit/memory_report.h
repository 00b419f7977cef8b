#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "edge/graph/device_cost.h"
#include "edge/graph/plan_memory.h"

namespace nibble::edge {

/// What one node, or the search for boxes behind all of them, costs on the device.
struct NodeCost : DeviceCost {
  std::string name, kind;
  std::string kernel;  // the C function that computes it (edge/graph/kernel_name.h); empty: none
  Shape output;
};

struct MemoryReport {
  std::vector<NodeCost> nodes;
  long weight_bytes = 0, table_bytes = 0, macs = 0;
  long arena_bytes = 0;
  long state_bytes = 0;   // of recurrent nodes, from step to step
  long output_bytes = 0;  // scores or codes of all outputs, the caller's
  bool reads_text = false, finds_boxes = false;
  long struct_bytes = 0;  // that tell kernels shapes and tables; pointers of 32 bits
  long code_bytes = 0;    // about (edge/emit/code_size.h)
  long input_bytes = 0;   // codes of an image, the caller's; a token has none
  long constant_bytes() const { return weight_bytes + table_bytes + struct_bytes; }
  long flash_bytes() const { return constant_bytes() + code_bytes; }
  /// The caller's struct: the arena fills whole words.
  long context_bytes() const { return state_bytes + std::max((arena_bytes + 3) / 4 * 4, 4L); }
  long ram_bytes() const { return context_bytes() + input_bytes + output_bytes; }
};

/// Flash and RAM of a device with pointers of 32 bits. Code and stack depend on the compiler, and are those
/// of edge/emit/code_size.h.
MemoryReport memory_report(const IntegerGraph& graph, const MemoryPlan& plan);

/// The files of C, by their stems, that the nodes call or need: each once, in alphabetical order.
std::vector<std::string> kernels_of(const IntegerGraph& graph, const MemoryReport& report);

/// As a table for people: one row a node, then the sums.
std::string to_text(const MemoryReport& report);

}  // namespace nibble::edge
