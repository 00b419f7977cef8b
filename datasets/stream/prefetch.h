#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "datasets/images/dataset.h"

namespace nibble {

/// make(0), make(1), make(2), ... in order, computed ahead of their use on one thread of its own. What is
/// returned depends only on `make` and the index, never on timing.
class Prefetch {
 public:
  using Make = std::function<Batch(long index)>;

  /// At most `ahead` finished batches wait; with ahead = 0 there is no thread and next() computes.
  Prefetch(Make make, int ahead);
  /// Waits for the batch in work, at most.
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  /// make(position()), then position() grows by one. An exception of `make` is rethrown here, when its turn
  /// has come, and again on each further call until seek().
  Batch next();
  /// The index that next() will return.
  long position() const { return position_; }
  /// Continues at `index`; what was computed ahead is dropped.
  void seek(long index);

 private:
  void produce();

  const Make make_;
  const std::size_t ahead_;
  long position_ = 0;  // of the consumer

  std::mutex mutex_;  // guards all that follows
  std::condition_variable changed_;
  std::deque<Batch> ready_;     // batches position_, position_ + 1, ...
  std::exception_ptr failure_;  // what came instead of the batch after those
  long upcoming_ = 0;           // index that the producer computes next
  long seeks_ = 0;              // a batch begun before a seek is dropped when it is done
  bool stopping_ = false;
  std::thread producer_;
};

}  // namespace nibble
