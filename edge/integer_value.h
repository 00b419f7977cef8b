#pragma once

#include <cstdint>
#include <functional>

#include "core/array.h"

namespace nibble::edge {

/// One tensor of an IntegerGraph for a batch: [N, ...shape]. Codes, or scores for a tensor that holds scores.
struct IntegerValue {
  Array<std::uint8_t> codes;
  Array<std::int32_t> scores;

  bool empty() const { return codes.empty() && scores.empty(); }
};

/// Sees each node's output as it is computed, in the order of the nodes.
using IntegerObserver = std::function<void(int tensor, const IntegerValue& value)>;

}  // namespace nibble::edge
