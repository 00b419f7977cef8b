#include "datasets/stream/prefetch.h"

#include <utility>

namespace nibble {

Prefetch::Prefetch(Make make, int ahead) : make_(std::move(make)), ahead_(static_cast<std::size_t>(ahead)) {
  if (ahead_ > 0) producer_ = std::thread([this] { produce(); });
}

Prefetch::~Prefetch() {
  if (!producer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  producer_.join();
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
    changed_.wait(lock, [this] { return !ready_.empty() || failure_; });
    if (ready_.empty()) std::rethrow_exception(failure_);
    batch = std::move(ready_.front());
    ready_.pop_front();
    ++position_;
  }
  changed_.notify_all();
  return batch;
}

void Prefetch::seek(long index) {
  {
    const std::lock_guard lock(mutex_);
    ready_.clear();
    failure_ = nullptr;
    position_ = upcoming_ = index;
    ++seeks_;
  }
  changed_.notify_all();
}

void Prefetch::produce() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || (!failure_ && ready_.size() < ahead_); });
    if (stopping_) return;
    const long index = upcoming_, seeks = seeks_;
    Batch batch;
    std::exception_ptr failure;
    lock.unlock();
    try {
      batch = make_(index);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (seeks != seeks_) continue;
    if (failure) {
      failure_ = failure;
    } else {
      ready_.push_back(std::move(batch));
      ++upcoming_;
    }
    changed_.notify_all();
  }
}

}  // namespace nibble
