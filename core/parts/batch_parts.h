#pragma once

#include <functional>
#include <span>

namespace nibble {

/// The parts that a batch is cut into for training on several processes (train.parts). Each part is walked by
/// a thread of its own, in this process or another one, and this is what such a thread sees of the others.
/// Parts have equally many samples. Results are combined along a binary tree over the parts, (0 1)(2 3)...
/// first, so that no bit depends on which process has which part.
class BatchParts {
 public:
  virtual ~BatchParts() = default;

  /// How many there are, a power of two, and which one this is, from 0.
  virtual long count() const = 0;
  virtual long index() const = 0;

  /// lower ← the two of them together, where each is of so many parts.
  using Combine = std::function<void(std::span<double> lower, std::span<const double> higher, long parts)>;
  /// Combines the values of all parts, and leaves the result in all. Each part has to call it, with equally
  /// many values and the same calls in the same order. Throws Error where another part has failed.
  virtual void reduce(std::span<double> values, const Combine& combine) = 0;

  void sum(std::span<double> values) {
    reduce(values, [](std::span<double> lower, std::span<const double> higher, long) {
      for (std::size_t i = 0; i < lower.size(); ++i) lower[i] += higher[i];
    });
  }
};

}  // namespace nibble
