#include "core/parts/part_team.h"

#include <algorithm>
#include <bit>

#include "core/check.h"
#include "core/parallel.h"
#include "core/parts/pairs.h"
#include "core/parts/rank_sums.h"

namespace nibble {
namespace {

constexpr long kBlock = 2048;  // numbers of each part that are added up while they are in the cache

bool power_of_two(long n) { return n > 0 && std::has_single_bit(static_cast<unsigned long>(n)); }

long parts_of_process(long parts, const Ranks* ranks) {
  const long processes = ranks ? ranks->count() : 1;
  check(power_of_two(parts), "train.parts: found ", parts, ", expected a power of two");
  check(power_of_two(processes) && processes <= parts, "found ", processes,
        " processes for train.parts = ", parts, ", expected a power of two of at most so many");
  return parts / processes;
}

std::size_t numbers_in(const std::vector<std::span<Real>>& tensors) {
  std::size_t n = 0;
  for (const std::span<Real> tensor : tensors) n += tensor.size();
  return n;
}

// Calls body(part of a tensor) for elements begin ≤ i < end of all tensors as one row.
template <typename Body>
void for_range(const std::vector<std::span<Real>>& tensors, Range range, const Body& body) {
  long first = 0;  // of the tensor at hand
  for (const std::span<Real> tensor : tensors) {
    const long n = static_cast<long>(tensor.size());
    const long begin = std::max(range.begin, first), end = std::min(range.end, first + n);
    if (begin < end)
      body(tensor.subspan(static_cast<std::size_t>(begin - first), static_cast<std::size_t>(end - begin)));
    first += n;
  }
}

}  // namespace

PartTeam::PartTeam(long parts, Ranks* ranks)
    : count_(parts), ranks_(ranks), meeting_(parts_of_process(parts, ranks)) {
  const long own = parts_of_process(parts, ranks);
  first_ = ranks ? ranks->index() * own : 0;
  for (long i = 0; i < own; ++i) parts_.emplace_back(*this, i);
  values_.resize(parts_.size());
  tensors_.resize(parts_.size());
  if (ranks) beside_.emplace(size(), *ranks);
}

void PartTeam::call_off() {
  meeting_.call_off();
  if (beside_) beside_->call_off();
}

void PartTeam::Member::reduce(std::span<double> values, const Combine& combine) {
  auto& all = team_.values_;
  all[static_cast<std::size_t>(i_)] = values;
  team_.meeting_.wait();
  if (i_ == 0) {
    for (const std::span<double> of_part : all)
      check(of_part.size() == values.size(), "parts: found ", of_part.size(), " and ", values.size(),
            " numbers to combine, expected equally many");
    for_each_pair(all.size(), [&](std::size_t lower, std::size_t higher, long parts) {
      combine(all[lower], all[higher], parts);
    });
    if (team_.ranks_) reduce_over(*team_.ranks_, values, team_.size(), combine);
    team_.reduced_.assign(values.begin(), values.end());
  }
  team_.meeting_.wait();
  std::ranges::copy(team_.reduced_, values.begin());
}

// This thread's share of the sums over the parts of this process.
void PartTeam::Member::sum_share(std::span<Real> into) const {
  const std::size_t parts = team_.tensors_.size();
  std::vector<std::vector<Real>> blocks(parts, std::vector<Real>(kBlock));
  const std::vector<Range> shares = cut(static_cast<long>(into.size()), team_.size());
  if (i_ >= std::ssize(shares)) return;  // there are fewer numbers than parts
  const Range share = shares[static_cast<std::size_t>(i_)];
  for (long begin = share.begin; begin < share.end; begin += kBlock) {
    const Range range{begin, std::min(begin + kBlock, share.end)};
    for (std::size_t k = 0; k < parts; ++k) {
      Real* to = blocks[k].data();
      for_range(*team_.tensors_[k], range,
                [&](std::span<const Real> some) { to = std::ranges::copy(some, to).out; });
    }
    for_each_pair(parts, [&](std::size_t k, std::size_t l, long) {
      Real* const lower = blocks[k].data();
      const Real* const higher = blocks[l].data();
      for (long i = 0; i < range.size(); ++i) lower[i] += higher[i];
    });
    std::copy_n(blocks[0].data(), range.size(), into.data() + range.begin);
  }
}

void PartTeam::Member::offer(std::span<Real> tensor) {
  if (team_.beside_) {
    team_.beside_->offer(i_, tensor);
  } else {
    offered_.push_back(tensor);
  }
}

void PartTeam::Member::finish() {
  if (team_.beside_) return team_.beside_->finish(i_);
  team_.tensors_[static_cast<std::size_t>(i_)] = &offered_;
  team_.meeting_.wait();
  const std::size_t n = numbers_in(offered_);
  if (i_ == 0) {
    for (const auto* of_part : team_.tensors_)
      check(numbers_in(*of_part) == n, "parts: found ", numbers_in(*of_part), " and ", n,
            " numbers to add up, expected equally many");
    team_.sums_.resize(n);
  }
  team_.meeting_.wait();
  sum_share(team_.sums_);
  team_.meeting_.wait();
  const Real* from = team_.sums_.data();
  for (const std::span<Real> tensor : offered_) {
    std::copy_n(from, tensor.size(), tensor.data());
    from += tensor.size();
  }
  offered_.clear();
  // Nobody writes to the sums again before all have come to the next call.
}

}  // namespace nibble
