#pragma once

#include <cstddef>

#include "core/real.h"

namespace nibble {

/// Room for n numbers on this thread while it lives, with nothing in them: for blocks of inner loops, where
/// the lock of buffer_pool.h would be felt. Taken from what earlier ones on the same thread have left.
class ScratchMemory {
 public:
  explicit ScratchMemory(std::size_t bytes);
  ~ScratchMemory();
  ScratchMemory(const ScratchMemory&) = delete;
  ScratchMemory& operator=(const ScratchMemory&) = delete;
  void* get() const { return memory_; }

 private:
  std::size_t size_;
  void* memory_;
};

template <typename T = Real>
class Scratch {
 public:
  explicit Scratch(long n) : memory_(static_cast<std::size_t>(n) * sizeof(T)) {}
  T* data() { return static_cast<T*>(memory_.get()); }
  const T* data() const { return static_cast<const T*>(memory_.get()); }

 private:
  ScratchMemory memory_;
};

}  // namespace nibble
