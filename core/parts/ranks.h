#pragma once

#include <cstddef>
#include <span>

namespace nibble {

/// Messages of two kinds travel side by side, each kind in its own order: those that a thread does nothing
/// but wait for, and those that a second thread exchanges meanwhile, which leaves the processor to the first
/// while it waits.
enum class Channel { awaited, beside };

/// The processes that train one network together. Each has equally many parts of every batch, in order
/// (core/parts/batch_parts.h): of 8 parts, the second of four processes has parts 2 and 3.
class Ranks {
 public:
  virtual ~Ranks() = default;

  virtual long count() const = 0;
  /// Which one this is, from 0.
  virtual long index() const = 0;
  /// Sends to another process, and receives what it sends to this one; waits for both. The other one has to
  /// call this, too. One thread at a time on each channel.
  virtual void exchange(Channel channel, long other, std::span<const std::byte> sent,
                        std::span<std::byte> received) = 0;
};

}  // namespace nibble
