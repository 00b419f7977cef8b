#pragma once

#include <cstdint>
#include <string_view>

namespace nibble {

/// A counter-based generator: the i-th number is a hash of (key, i), so its whole state is two integers and a
/// named substream needs no draws from its parent. The hash is splitmix64's finalizer (Steele et al. 2014).
class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  /// An independent generator for a purpose ("init", "shuffle") or an index (epoch, sample).
  Rng stream(std::string_view name) const;
  Rng stream(std::uint64_t index) const;

  std::uint64_t next();
  /// Uniform in [0, 1), 24 bits.
  float uniform();
  float uniform(float low, float high) { return low + (high - low) * uniform(); }
  /// The next `count` numbers of uniform(), into an array.
  void uniforms(float* into, long count);
  /// Standard normal (Box–Muller).
  float normal();
  /// Uniform in 0 ≤ i < n, n > 0 (Lemire's multiply-shift; bias below n / 2^64).
  std::uint64_t below(std::uint64_t n);

  struct State {
    std::uint64_t key = 0;
    std::uint64_t counter = 0;
    bool operator==(const State&) const = default;
  };
  State state() const { return state_; }
  void restore(State state) { state_ = state; }

 private:
  State state_;
};

}  // namespace nibble
