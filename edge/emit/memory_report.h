#pragma once

#include <string>
#include <vector>

#include "edge/graph/device_cost.h"
#include "edge/graph/plan_memory.h"

namespace nibble::edge {

/// What one node costs on the device.
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
  bool reads_text = false;
  long flash_bytes() const { return weight_bytes + table_bytes; }
  long ram_bytes() const { return arena_bytes + state_bytes + output_bytes; }
};

/// Constants, arena, state and output: code size and stack depend on the compiler.
MemoryReport memory_report(const IntegerGraph& graph, const MemoryPlan& plan);

/// The files of C, by their stems, that the nodes call or need: each once, in alphabetical order.
std::vector<std::string> kernels_of(const IntegerGraph& graph, const MemoryReport& report);

/// As a table for people: one row a node, then the sums.
std::string to_text(const MemoryReport& report);

}  // namespace nibble::edge
