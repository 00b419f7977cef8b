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

/// Where a tensor lives on the device. The input and the outputs are the caller's.
enum class Place { input, output, arena };

struct TensorPlace {
  Place place = Place::arena;
  long offset = 0;         // in the arena
  std::size_t output = 0;  // which of the graph's outputs
};

struct MemoryPlan {
  std::vector<TensorPlace> tensors;  // as IntegerGraph::tensors
  long activation_bytes = 0;         // of the arena: tensors,
  long scratch_bytes = 0;            // and behind them one unpacked 4-bit weight row
  long state_bytes = 0;              // beside the arena: what recurrent nodes keep from step to step
  long arena_bytes() const { return activation_bytes + scratch_bytes; }
};

/// Bytes of a tensor for one sample, by the storage bits of its codes or scores.
long bytes_of(const IntegerTensor& tensor);

/// Of a verified graph. Lifetimes follow from the order of the nodes. A reshaped tensor shares the bytes of
/// the original; additions and tables write over an input that nobody reads later, unless the caller gets it.
MemoryPlan plan_memory(const IntegerGraph& graph);

}  // namespace nibble::edge
