#pragma once

#include <cstddef>
#include <functional>
#include <span>

namespace nibble {

/// While one lives, it hears which nodes Network::forward is about to compute on its thread: one, or several
/// that are computed as one (layers/network/fuse.h). A chain that turns out to need its slow twin is heard of
/// first as a chain, then node by node. For profiles, beside autograd/tape_listener.h: the walk is the same
/// whether one listens.
class WalkListener {
 public:
  using Hear = std::function<void(std::span<const std::size_t> nodes)>;

  explicit WalkListener(Hear entering);
  ~WalkListener();
  WalkListener(const WalkListener&) = delete;
  WalkListener& operator=(const WalkListener&) = delete;

  /// Tells this thread's listener, if there is one.
  static void tell(std::span<const std::size_t> nodes);

 private:
  const Hear entering_;
};

}  // namespace nibble
