#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "core/noncopyable.h"
#include "core/parts/ranks.h"
#include "core/real.h"

namespace nibble {

/// Adds up tensors of all parts of all processes while the parts' threads go on, in the order in which they
/// are offered, a few megabytes at a time: the gradients of the last layers, while the backward pass is at
/// the first ones.
class SumsBeside : NonCopyable {
 public:
  /// parts: of this process.
  SumsBeside(long parts, Ranks& ranks);
  ~SumsBeside();

  /// A tensor of a part is as it shall be added up, and stays untouched until finish() has returned. Each
  /// part offers tensors of the same sizes in the same order.
  void offer(long part, std::span<Real> tensor);
  /// A part has offered all. Returns when all tensors of all parts are the sums. Throws what went wrong on
  /// the way, and CalledOff.
  void finish(long part);
  void call_off();

 private:
  using SpansByPart = std::vector<std::vector<std::span<Real>>>;  // by part

  void serve();
  bool ready(std::size_t tensors) const;
  bool even() const;
  std::size_t end_of_portion() const;
  SpansByPart portion(std::size_t begin, std::size_t end) const;
  void add_up(const SpansByPart& tensors);

  Ranks& ranks_;
  std::vector<Real> packed_;  // of the thread

  std::mutex mutex_;  // guards all that follows
  std::condition_variable changed_;
  SpansByPart offered_;
  long finished_ = 0;     // parts that have offered all
  std::size_t done_ = 0;  // tensors
  long rounds_ = 0;
  bool called_off_ = false, ending_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace nibble
