#pragma once

#include <vector>

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// Bytes that live from one step to another, both included.
struct Buffer {
  long bytes = 0;
  long first = 0, last = 0;
  long offset = 0;  // in the arena; set by place()
};

/// Places buffers so that no two that are alive at the same step overlap: largest first, each at the lowest
/// free address. Returns the arena's size, which never exceeds the sum of all buffers.
long place(std::vector<Buffer>& buffers);

/// Where a tensor lives on the device. The input and the output are the caller's.
enum class Place { input, output, arena };

struct TensorPlace {
  Place place = Place::arena;
  long offset = 0;  // in the arena
};

struct MemoryPlan {
  std::vector<TensorPlace> tensors;  // as IntegerGraph::tensors
  long activation_bytes = 0;         // of the arena: tensors,
  long scratch_bytes = 0;            // and behind them one unpacked 4-bit weight row
  long state_bytes = 0;              // beside the arena: what recurrent nodes keep from step to step
  long arena_bytes() const { return activation_bytes + scratch_bytes; }
};

/// Bytes of a tensor's element: 1 for codes, 2 or 4 for scores.
long bytes_of_element(const IntegerTensor& tensor);

/// Lifetimes follow from the order of the nodes. A reshaped tensor shares the bytes of the original;
/// additions and tables write over an input that nobody reads later.
MemoryPlan plan_memory(const IntegerGraph& graph);

}  // namespace nibble::edge
