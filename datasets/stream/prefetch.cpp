#include "datasets/stream/prefetch.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace nibble {
namespace {

std::size_t checked(const PrefetchOptions& options) {
  check(options.threads >= 1 && (options.ahead == 0 || options.ahead >= options.threads), "prefetch: found ",
        options.threads, " threads and ", options.ahead,
        " batches in flight, expected at least 1 thread and a batch for each, or 0 batches");
  return static_cast<std::size_t>(options.ahead);
}

}  // namespace

Prefetch::Prefetch(Make make, const PrefetchOptions& options)
    : make_(std::move(make)), ahead_(checked(options)) {
  if (ahead_ == 0) return;
  try {
    for (int i = 0; i < options.threads; ++i) threads_.emplace_back([this] { produce(); });
  } catch (...) {  // the system has no more threads: those that run must end first
    stop();
    throw;
  }
}

Prefetch::~Prefetch() { stop(); }

void Prefetch::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Batch Prefetch::next() {
  if (ahead_ == 0) {
    Batch batch = make_(position_);
    ++position_;
    return batch;
  }
  Batch batch;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !window_.empty() && window_.front().done; });
    if (window_.front().failure) std::rethrow_exception(window_.front().failure);
    batch = std::move(window_.front().batch);
    window_.pop_front();
    ++position_;
  }
  changed_.notify_all();
  return batch;
}

void Prefetch::seek(long index) {
  {
    const std::lock_guard lock(mutex_);
    window_.clear();
    position_ = index;
    ++seeks_;
  }
  changed_.notify_all();
}

// Nothing is begun behind a failure: its batch will not be passed.
bool Prefetch::has_work() const {
  return window_.size() < ahead_ && std::none_of(window_.begin(), window_.end(),
                                                 [](const Slot& slot) { return slot.failure != nullptr; });
}

Prefetch::Slot Prefetch::attempt(long index) const {
  Slot slot;
  try {
    slot.batch = make_(index);
  } catch (...) {
    slot.failure = std::current_exception();
  }
  slot.done = true;
  return slot;
}

void Prefetch::produce() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || has_work(); });
    if (stopping_) return;
    const long index = position_ + static_cast<long>(window_.size()), seeks = seeks_;
    window_.emplace_back();
    lock.unlock();
    Slot made = attempt(index);
    lock.lock();
    if (seeks != seeks_) continue;  // `made` is dropped
    // The consumer does not pass a batch that is not done, so the slot is still there.
    window_[static_cast<std::size_t>(index - position_)] = std::move(made);
    changed_.notify_all();
  }
}

}  // namespace nibble
