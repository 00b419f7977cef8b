#include "core/parts/meeting.h"

namespace nibble {

void Meeting::wait() {
  std::unique_lock lock(mutex_);
  if (++here_ == threads_) {
    here_ = 0;
    ++held_;
    all_here_.notify_all();
  } else {
    all_here_.wait(lock, [this, meeting = held_] { return held_ > meeting || called_off_; });
  }
  if (called_off_) throw CalledOff();
}

void Meeting::call_off() {
  const std::lock_guard lock(mutex_);
  called_off_ = true;
  all_here_.notify_all();
}

}  // namespace nibble
