#pragma once

#include <cstddef>
#include <memory>

namespace nibble::buffer_pool {

// A training step asks for the same buffers again and again. They are cut from large regions of address
// space, best fit, and what is freed joins its free neighbours and serves the next request of whatever size.
// So after the first step no page is touched for the first time (measured: up to 1.8 times on large
// temporaries), and memory is hardly more than what is held at the worst moment.

/// At least `bytes` bytes, aligned to 64, contents undefined. Goes back to the pool with its last owner.
/// Throws std::bad_alloc where the system has no more.
std::shared_ptr<void> acquire(std::size_t bytes);

/// Returns the pages of free memory to the system; call it where the set of sizes changes (training →
/// evaluation). Begins `peak` and `reach` anew.
void trim();

/// Bytes held by arrays; the most that were held at once, and the address space that they have reached over,
/// both since the last trim. reach − peak was lost in gaps.
struct Usage {
  std::size_t in_use = 0;
  std::size_t peak = 0;
  std::size_t reach = 0;
};
Usage usage();

}  // namespace nibble::buffer_pool
