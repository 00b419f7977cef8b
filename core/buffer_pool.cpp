#include "core/buffer_pool.h"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <vector>

#include "core/free_ranges.h"

namespace nibble::buffer_pool {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kPage = 4096;

// Small buffers have their own regions. Otherwise a bias, which lives long, would split the space of a
// signal.
constexpr std::size_t kSmall = std::size_t{64} << 10;
constexpr std::size_t kSmallStep = 64, kLargeStep = kPage;

// Under the address sanitizer free memory is poisoned. So is a gap behind each buffer, always.
// To poison a region touches an eighth of its size, so that regions are smaller there.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kGap = 64;
constexpr std::size_t kRegion = std::size_t{64} << 20;
#else
constexpr std::size_t kGap = 0;
constexpr std::size_t kRegion = std::size_t{4} << 30;  // of address space: a page counts when it is touched
#endif

std::size_t rounded(std::size_t bytes, std::size_t step) { return (bytes + step - 1) / step * step; }

struct Region {
  char* base;
  std::size_t size;
  FreeRanges free;
  std::size_t reach = 0;  // end of the highest buffer since the last trim
};

struct Pool {
  std::mutex mutex;
  std::array<std::vector<Region>, 2> regions;  // for small buffers, for large ones
  std::size_t in_use = 0, peak = 0;
};

// Never destroyed, because an array with static lifetime may be destroyed after it.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

void* reserve(std::size_t bytes) {
  void* const memory =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// A region of the usual size or, where address space is limited (ulimit -v), of the smallest size that
// serves.
Region new_region(std::size_t bytes) {
  std::size_t size = std::max(kRegion, rounded(bytes, kHugePage));
  void* memory = reserve(size);
  if (memory == nullptr) memory = reserve(size = rounded(bytes, kHugePage));
  if (memory == nullptr) throw std::bad_alloc();
  madvise(memory, size, MADV_HUGEPAGE);  // far fewer faults and TLB misses
  ASAN_POISON_MEMORY_REGION(memory, size);
  return {static_cast<char*>(memory), size, FreeRanges(size)};
}

char* take(std::vector<Region>& regions, std::size_t bytes) {
  for (std::size_t i = 0;; ++i) {
    if (i == regions.size()) regions.push_back(new_region(bytes));
    Region& region = regions[i];
    if (const auto offset = region.free.take(bytes)) {
      region.reach = std::max(region.reach, *offset + bytes);
      return region.base + *offset;
    }
  }
}

void give(std::vector<Region>& regions, char* memory, std::size_t bytes) {
  for (Region& region : regions) {
    if (region.base <= memory && memory < region.base + region.size) {
      region.free.give(static_cast<std::size_t>(memory - region.base), bytes);
      return;
    }
  }
}

}  // namespace

std::shared_ptr<void> acquire(std::size_t bytes) {
  bytes = std::max(bytes, std::size_t{1});
  const std::size_t size_class = bytes < kSmall ? 0 : 1;
  const std::size_t taken = rounded(bytes + kGap, size_class == 0 ? kSmallStep : kLargeStep);
  Pool& p = pool();
  char* memory = nullptr;
  {
    const std::lock_guard lock(p.mutex);
    memory = take(p.regions[size_class], taken);
    p.in_use += taken;
    p.peak = std::max(p.peak, p.in_use);
  }
  ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
  return std::shared_ptr<void>(memory, [taken, size_class](void* freed) {
    ASAN_POISON_MEMORY_REGION(freed, taken);
    Pool& owner = pool();
    const std::lock_guard lock(owner.mutex);
    give(owner.regions[size_class], static_cast<char*>(freed), taken);
    owner.in_use -= taken;
  });
}

void trim() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  for (std::vector<Region>& regions : p.regions) {
    for (Region& region : regions) {
      region.reach = region.size;
      for (const auto& [offset, bytes] : region.free.ranges()) {
        const std::size_t begin = rounded(offset, kPage), end = (offset + bytes) / kPage * kPage;
        if (begin < end) madvise(region.base + begin, end - begin, MADV_DONTNEED);
        if (offset + bytes == region.size) region.reach = offset;
      }
    }
  }
  p.peak = p.in_use;
}

Usage usage() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  Usage usage{p.in_use, p.peak, 0};
  for (const std::vector<Region>& regions : p.regions) {
    for (const Region& region : regions) usage.reach += region.reach;
  }
  return usage;
}

}  // namespace nibble::buffer_pool
