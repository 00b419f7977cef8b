#pragma once

#include <cstddef>

#include "core/noncopyable.h"
#include "core/real.h"

namespace nibble {

/// Uninitialized memory of one thread, for the blocks of inner loops, where the lock of buffer_pool.h would
/// cost time. It is reused by later scratch objects of the same thread.
class ScratchMemory : NonCopyable {
 public:
  explicit ScratchMemory(std::size_t bytes);
  ~ScratchMemory();
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
