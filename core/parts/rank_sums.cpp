#include "core/parts/rank_sums.h"

#include <algorithm>
#include <vector>

namespace nibble {
namespace {

template <typename T>
void exchange(Ranks& ranks, Channel channel, long other, std::span<const T> sent, std::span<T> received) {
  ranks.exchange(channel, other, std::as_bytes(sent), std::as_writable_bytes(received));
}

}  // namespace

void reduce_over(Ranks& ranks, std::span<double> values, long parts_of_each,
                 const BatchParts::Combine& combine) {
  std::vector<double> others(values.size());
  for (long bit = 1; bit < ranks.count(); bit *= 2) {
    const long other = ranks.index() ^ bit;
    exchange<double>(ranks, Channel::awaited, other, values, others);
    if (other > ranks.index()) {
      combine(values, others, parts_of_each * bit);
    } else {
      combine(others, values, parts_of_each * bit);
      std::ranges::copy(others, values.begin());
    }
  }
}

double from_first(Ranks& ranks, double value) {
  reduce_over(ranks, std::span(&value, 1), 1, [](std::span<double>, std::span<const double>, long) {});
  return value;
}

void sum_over(Ranks& ranks, std::span<Real> values, Channel channel) {
  // Two ranks that differ in one bit have the same range at that level: the lower rank goes on with its lower
  // half.
  struct Level {
    long other;
    std::span<Real> kept, given;
  };
  std::vector<Level> levels;
  std::vector<Real> received(values.size() / 2 + 1);
  std::span<Real> mine = values;
  for (long bit = 1; bit < ranks.count(); bit *= 2) {
    const std::span<Real> lower = mine.first(mine.size() / 2), upper = mine.subspan(lower.size());
    const bool low = (ranks.index() & bit) == 0;
    const Level level{ranks.index() ^ bit, low ? lower : upper, low ? upper : lower};
    const std::span<Real> of_other = std::span(received).first(level.kept.size());
    exchange<Real>(ranks, channel, level.other, level.given, of_other);
    for (std::size_t i = 0; i < of_other.size(); ++i)
      level.kept[i] += of_other[i];  // in either order the same
    levels.push_back(level);
    mine = level.kept;
  }
  for (; !levels.empty(); levels.pop_back())
    exchange<Real>(ranks, channel, levels.back().other, levels.back().kept, levels.back().given);
}

}  // namespace nibble
