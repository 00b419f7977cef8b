#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "core/noncopyable.h"

namespace nibble {

/// While one lives, it hears what Network::forward is about to do on its thread: which nodes it computes, one
/// or several that run as one chain (layers/network/plan.h), and where inside of a node the quantizer of its
/// weight begins and ends. A chain that turns out to need its slow twin is heard of first as a chain, then
/// node by node. For profiles, beside autograd/tape_listener.h: the walk is the same whether one listens.
class WalkListener : NonCopyable {
 public:
  using Enter = std::function<void(std::span<const std::size_t> nodes)>;
  using Quantize = std::function<void(bool begins)>;

  WalkListener(Enter entering, Quantize quantizing);
  ~WalkListener();

  /// Tells this thread's listener, if there is one.
  static void tell(std::span<const std::size_t> nodes);

 private:
  friend class WeightQuantizing;
  const Enter entering_;
  const Quantize quantizing_;
};

/// Lives while a layer quantizes its weight, and tells this thread's listener of it.
class WeightQuantizing : NonCopyable {
 public:
  WeightQuantizing();
  ~WeightQuantizing();
};

}  // namespace nibble
