#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/noncopyable.h"
#include "datasets/stream/batch.h"

namespace nibble {

struct PrefetchOptions {
  int threads = 1;  // that make batches, each a whole one; at least 1
  int ahead =
      3;  // batches in flight at most: in work or waiting. From `threads`; 0: no thread, next() computes
};

/// make(0), make(1), make(2), ... in order, computed ahead of their use by threads of their own. What is
/// returned depends only on `make` and the index, never on timing or on the number of threads.
class Prefetch : NonCopyable {
 public:
  /// Called by all threads at once, each with another index.
  using Make = std::function<Batch(long index)>;

  /// An Error refuses numbers that the options exclude.
  Prefetch(Make make, const PrefetchOptions& options);
  /// Waits for the batches in work, at most.
  ~Prefetch();

  /// make(position()), then position() grows by one. An exception of `make` is rethrown here, when its turn
  /// has come, and again on each further call until seek().
  Batch next();
  /// The index that next() will return.
  long position() const { return position_; }
  /// Continues at `index`. What was computed ahead is dropped; batches in work are finished first and dropped
  /// then.
  void seek(long index);

 private:
  // One batch in flight; neither batch nor failure while it is in work.
  struct Slot {
    Batch batch;
    std::exception_ptr failure;
    bool done = false;
  };

  void produce();
  Slot attempt(long index) const;
  bool has_work() const;
  void stop();

  const Make make_;
  const std::size_t ahead_;
  long position_ = 0;  // of the consumer

  std::mutex mutex_;  // guards all that follows
  std::condition_variable changed_;
  std::deque<Slot> window_;  // batches position_, position_ + 1, ..., as far as a thread has begun them
  long seeks_ = 0;           // a batch begun before a seek is dropped when it is done
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace nibble
