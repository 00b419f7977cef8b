#pragma once

#include <cstdint>
#include <functional>

#include "core/noncopyable.h"

namespace nibble {

/// While one lives, it hears of every op that its thread puts on the tape, as soon as the value is computed,
/// and of every op whose backward function has just run; both by name and by the number that the tape gave
/// it. For profiles: it cannot change anything, and where none lives the tape asks one pointer. One at a
/// time.
class TapeListener : NonCopyable {
 public:
  using Hear = std::function<void(const char* op, std::uint64_t number)>;

  TapeListener(Hear recorded, Hear walked);
  ~TapeListener();

  /// This thread's; null mostly.
  static const TapeListener* current();

  const Hear recorded, walked;
};

}  // namespace nibble
