#pragma once

#include <cstddef>

namespace nibble {

/// Calls join(lower, higher, parts of each) for all pairs of a binary tree over parts 0 ≤ k < n, neighbours
/// first: (0 1)(2 3), then (0 2) of two parts each, and so on. What is joined stands at the lower one. n is a
/// power of two.
template <typename Join>
void for_each_pair(std::size_t n, const Join& join) {
  for (std::size_t size = 1; size < n; size *= 2) {
    for (std::size_t k = 0; k < n; k += 2 * size) join(k, k + size, static_cast<long>(size));
  }
}

}  // namespace nibble
