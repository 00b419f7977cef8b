#pragma once

#include <cstdint>
#include <vector>

#include "edge/graph/integer_graph.h"
#include "edge/graph/integer_value.h"

namespace nibble::edge {

// Where what a compiled model says of one sample goes among all samples.

/// Room for every tensor but the input.
std::vector<IntegerValue> room_for_tensors(const IntegerGraph& graph, long rows);
IntegerOutputs room_for_outputs(const IntegerGraph& graph, long rows);

/// Copies the tensors of one row to their place among all rows.
struct TensorRow {
  std::vector<IntegerValue>& values;  // room_for_tensors
  long row;

  /// ModelLibrary::Trace with a TensorRow as context.
  static void trace(void* context, int tensor, int cell, const void* data, std::int32_t bytes);
};

/// What one thread's model writes as outputs.
class OutputRow {
 public:
  /// all: room_for_outputs
  OutputRow(const IntegerGraph& graph, IntegerOutputs& all);

  /// What C takes: a pointer, or of several outputs a struct of them.
  void* room() { return pointers_.size() == 1 ? pointers_.front() : pointers_.data(); }
  /// Copies what is there to row n of all.
  void keep(long n);

 private:
  const IntegerGraph& graph_;
  IntegerOutputs& all_;
  std::vector<std::vector<std::int32_t>> rows_;
  std::vector<void*> pointers_;
};

}  // namespace nibble::edge
