#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/array.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// One tensor of an IntegerGraph for a batch: [N, ...shape], of the kind that the tensor holds. Of a graph
/// that reads text N is steps · sequences, time-major: row t · sequences + s.
struct IntegerValue {
  Array<std::uint8_t> codes = {};
  Array<std::int32_t> scores = {};  // of 16 bits too
  Array<std::int32_t> tokens = {};
  // Behind a recurrent node also what its cell went through, [N, taps · hidden]:
  //   LSTM (6)  i f g o, c', h'            gates and h' in Q0.15
  //   GRU  (5)  r z n, the recurrent part of n (Q3.12), h'
  Array<std::int16_t> cell = {};

  bool empty() const { return codes.empty() && scores.empty() && tokens.empty(); }
};

/// Sees each node's output as it is computed, in the order of the nodes.
using IntegerListener = std::function<void(int tensor, const IntegerValue& value)>;

/// The outputs of a graph as numbers, in the order of IntegerGraph::outputs: [N, ...shape] each.
using IntegerOutputs = std::vector<Array<std::int32_t>>;

/// [N, ...shape of a tensor].
Shape batch_shape(long n, const Shape& sample);

}  // namespace nibble::edge
