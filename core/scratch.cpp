#include "core/scratch.h"

#include <algorithm>
#include <new>
#include <vector>

namespace nibble {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kLeast = 4096;

struct Room {
  std::size_t size;
  void* memory;
};

// Memory that the thread has released and will use again.
struct Left {
  std::vector<Room> rooms;
  ~Left() {
    for (const Room& room : rooms) ::operator delete(room.memory, kAlignment);
  }
};
thread_local Left left;

}  // namespace

ScratchMemory::ScratchMemory(std::size_t bytes) : size_(std::max(bytes, kLeast)) {
  std::vector<Room>& rooms = left.rooms;
  for (std::size_t i = rooms.size(); i-- > 0;) {
    if (rooms[i].size < size_) continue;
    size_ = rooms[i].size;
    memory_ = rooms[i].memory;
    rooms.erase(rooms.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
  // All of them are too small. One is released, so that a thread never keeps more than it held at one time.
  if (!rooms.empty()) {
    ::operator delete(rooms.back().memory, kAlignment);
    rooms.pop_back();
  }
  memory_ = ::operator new(size_, kAlignment);
}

ScratchMemory::~ScratchMemory() { left.rooms.push_back({size_, memory_}); }

}  // namespace nibble
