#pragma once

#include "edge/graph/integer_ops.h"

namespace nibble::edge {

/// What a node costs on the device, its activations aside.
struct DeviceCost {
  int weight_bits = 0;  // 0: no weights
  long weight_bytes = 0;
  long table_bytes = 0;    // requantization, biases, tables
  long struct_bytes = 0;   // the struct that its kernel reads, with pointers of 32 bits
  long macs = 0;           // multiply-accumulates for one sample
  long scratch_bytes = 0;  // while it runs
  long state_bytes = 0;    // from step to step of a text
};

/// Bytes of `count` weights in rows of equal length, each of which starts on a byte.
inline long bytes_of_weights(std::size_t count, long rows, int bits) {
  const long row = static_cast<long>(count) / rows;
  return rows * (bits == 4 ? (row + 1) / 2 : row);
}

inline long bytes_of(const Requantization& r) {
  return static_cast<long>(4 * (r.mult.size() + r.mult2.size()) + 8 * (r.offset.size() + r.offset2.size()));
}

}  // namespace nibble::edge
