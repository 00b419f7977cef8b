#include "core/buffer_pool.h"

#include <sys/mman.h>

#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace nibble::buffer_pool {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

struct Pool {
  std::mutex mutex;
  std::map<std::size_t, std::vector<void*>> waiting;
  Usage usage;
};

// Never destroyed: arrays with static lifetime may outlive any order of destruction.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

// Large buffers start on a huge page and ask for such pages: far fewer faults and TLB misses.
void* allocate(std::size_t bytes) {
  const std::size_t alignment = bytes >= 2 * kHugePage ? kHugePage : kAlignment;
  void* const memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  if (alignment == kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void release(void* memory, std::size_t bytes) {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  p.waiting[bytes].push_back(memory);
  p.usage.in_use -= bytes;
  p.usage.waiting += bytes;
}

}  // namespace

std::shared_ptr<void> acquire(std::size_t bytes) {
  bytes = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  Pool& p = pool();
  void* memory = nullptr;
  {
    const std::lock_guard lock(p.mutex);
    if (const auto found = p.waiting.find(bytes); found != p.waiting.end() && !found->second.empty()) {
      memory = found->second.back();
      found->second.pop_back();
      p.usage.waiting -= bytes;
    }
    p.usage.in_use += bytes;
  }
  if (memory == nullptr) memory = allocate(bytes);
  return std::shared_ptr<void>(memory, [bytes](void* freed) { release(freed, bytes); });
}

void trim() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  for (auto& [bytes, buffers] : p.waiting) {
    for (void* const memory : buffers) std::free(memory);
  }
  p.waiting.clear();
  p.usage.waiting = 0;
}

Usage usage() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  return p.usage;
}

}  // namespace nibble::buffer_pool
