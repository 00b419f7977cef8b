#pragma once

#include <condition_variable>
#include <mutex>

#include "core/check.h"
#include "core/noncopyable.h"

namespace nibble {

/// A thread that another one waited for has failed; what it threw tells more.
class CalledOff : public Error {
 public:
  CalledOff() : Error("another part of the batch has failed") {}
};

/// Where threads wait for each other, again and again. Unlike std::barrier it can be called off, so that
/// those that wait for a thread that has failed learn of it.
class Meeting : NonCopyable {
 public:
  explicit Meeting(long threads) : threads_(threads) {}

  /// Returns when all threads have called it. Throws CalledOff once the meeting is called off.
  void wait();
  void call_off();

 private:
  const long threads_;
  std::mutex mutex_;  // guards all that follows
  std::condition_variable all_here_;
  long here_ = 0, held_ = 0;  // threads of the meeting to come; meetings so far
  bool called_off_ = false;
};

}  // namespace nibble
