#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include "core/random.h"

namespace nibble {

/// The numbers 0 ≤ i < n in a random order (Fisher and Yates); takes n − 1 numbers of `rng`.
std::vector<long> shuffled(long n, Rng rng);

/// The order of the samples in each epoch of a training split: shuffled(n, rng.stream(epoch)). Any number of
/// threads may ask at once. Two epochs are kept, because while the last batches of one are made, those of the
/// next begin.
class EpochOrder {
 public:
  EpochOrder(long n, const Rng& rng) : n_(n), rng_(rng) {}
  std::shared_ptr<const std::vector<long>> of(long epoch);

 private:
  struct Kept {
    long epoch = -1;
    std::shared_ptr<const std::vector<long>> order;
  };

  const long n_;
  const Rng rng_;
  std::mutex mutex_;  // guards kept_
  std::array<Kept, 2> kept_;
};

}  // namespace nibble
