#include "layers/walk_listener.h"

#include <cassert>
#include <utility>

namespace nibble {

namespace {

thread_local const WalkListener* listener = nullptr;

}  // namespace

WalkListener::WalkListener(Enter entering, Quantize quantizing)
    : entering_(std::move(entering)), quantizing_(std::move(quantizing)) {
  assert(listener == nullptr);
  listener = this;
}

WalkListener::~WalkListener() { listener = nullptr; }

void WalkListener::tell(std::span<const std::size_t> nodes) {
  if (listener) listener->entering_(nodes);
}

WeightQuantizing::WeightQuantizing() {
  if (listener) listener->quantizing_(true);
}

WeightQuantizing::~WeightQuantizing() {
  if (listener) listener->quantizing_(false);
}

}  // namespace nibble
