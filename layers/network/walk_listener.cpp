#include "layers/network/walk_listener.h"

#include <cassert>
#include <utility>

namespace nibble {

namespace {

thread_local const WalkListener* listener = nullptr;

}  // namespace

WalkListener::WalkListener(Hear entering) : entering_(std::move(entering)) {
  assert(listener == nullptr);
  listener = this;
}

WalkListener::~WalkListener() { listener = nullptr; }

void WalkListener::tell(std::span<const std::size_t> nodes) {
  if (listener) listener->entering_(nodes);
}

}  // namespace nibble
