#include "datasets/stream/epoch_order.h"

#include <numeric>
#include <utility>

namespace nibble {

std::vector<long> shuffled(long n, Rng rng) {
  std::vector<long> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  return order;
}

std::shared_ptr<const std::vector<long>> EpochOrder::of(long epoch) {
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[static_cast<std::size_t>(epoch % 2)];
  if (kept.epoch != epoch) {
    kept = {epoch, std::make_shared<const std::vector<long>>(
                       shuffled(n_, rng_.stream(static_cast<std::uint64_t>(epoch))))};
  }
  return kept.order;
}

}  // namespace nibble
