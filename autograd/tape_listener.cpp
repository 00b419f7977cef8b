#include "autograd/tape_listener.h"

#include <cassert>
#include <utility>

namespace nibble {

namespace {

thread_local const TapeListener* listener = nullptr;

}  // namespace

TapeListener::TapeListener(Hear on_recorded, Hear on_walked)
    : recorded(std::move(on_recorded)), walked(std::move(on_walked)) {
  assert(listener == nullptr);
  listener = this;
}

TapeListener::~TapeListener() { listener = nullptr; }

const TapeListener* TapeListener::current() { return listener; }

}  // namespace nibble
