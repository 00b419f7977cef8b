#include "core/parts/sums_beside.h"

#include <algorithm>

#include "core/check.h"
#include "core/parts/meeting.h"
#include "core/parts/pairs.h"
#include "core/parts/rank_sums.h"

namespace nibble {
namespace {

constexpr std::size_t kPortion = 1 << 19;  // numbers that travel at once, at least: 2 MiB

std::size_t numbers_in(const std::vector<std::span<Real>>& tensors, std::size_t begin, std::size_t end) {
  std::size_t numbers = 0;
  for (std::size_t i = begin; i < end; ++i) numbers += tensors[i].size();
  return numbers;
}

}  // namespace

SumsBeside::SumsBeside(long parts, Ranks& ranks)
    : ranks_(ranks), offered_(static_cast<std::size_t>(parts)), thread_([this] { serve(); }) {}

SumsBeside::~SumsBeside() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void SumsBeside::offer(long part, std::span<Real> tensor) {
  const std::lock_guard lock(mutex_);
  offered_[static_cast<std::size_t>(part)].push_back(tensor);
  changed_.notify_all();
}

void SumsBeside::finish(long part) {
  std::unique_lock lock(mutex_);
  ++finished_;
  changed_.notify_all();
  changed_.wait(lock, [&, round = rounds_] { return rounds_ > round || called_off_ || failure_; });
  if (failure_ && part == 0) std::rethrow_exception(failure_);
  if (called_off_ || failure_) throw CalledOff();
}

void SumsBeside::call_off() {
  const std::lock_guard lock(mutex_);
  called_off_ = true;
  changed_.notify_all();
}

bool SumsBeside::ready(std::size_t tensors) const {
  return std::ranges::all_of(offered_, [&](const auto& of_part) { return of_part.size() >= tensors; });
}

bool SumsBeside::even() const {
  return std::ranges::all_of(offered_,
                             [&](const auto& of_part) { return of_part.size() == offered_.front().size(); });
}

// Behind the last tensor of the next portion, which follows from sizes alone: all processes cut alike.
std::size_t SumsBeside::end_of_portion() const {
  const auto& tensors = offered_.front();
  std::size_t end = done_;
  for (std::size_t numbers = 0; end < tensors.size() && numbers < kPortion; ++end)
    numbers += tensors[end].size();
  return end;
}

// The tensors begin ≤ i < end of each part.
SumsBeside::SpansByPart SumsBeside::portion(std::size_t begin, std::size_t end) const {
  SpansByPart tensors;
  for (const auto& of_part : offered_)
    tensors.emplace_back(of_part.begin() + static_cast<std::ptrdiff_t>(begin),
                         of_part.begin() + static_cast<std::ptrdiff_t>(end));
  return tensors;
}

void SumsBeside::serve() {
  std::unique_lock lock(mutex_);
  const auto all_finished = [&] { return finished_ == std::ssize(offered_); };
  const auto whole_portion = [&] {
    const std::size_t end = end_of_portion();
    return numbers_in(offered_.front(), done_, end) >= kPortion && ready(end);
  };
  while (true) {
    changed_.wait(lock, [&] { return ending_ || called_off_ || whole_portion() || all_finished(); });
    if (ending_ || called_off_) return;
    try {
      check(!all_finished() || even(),
            "parts: found parts with unequally many tensors to add up, expected the same");
      // Without tensors there is no exchange. A part may say late that it has offered all, and then the other
      // processes would not answer.
      if (const std::size_t end = end_of_portion(); done_ < end) {
        const SpansByPart tensors = portion(done_, end);
        lock.unlock();  // nobody touches these tensors meanwhile
        add_up(tensors);
        lock.lock();
        done_ = end;
      }
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      failure_ = std::current_exception();
      changed_.notify_all();
      return;
    }
    if (!all_finished() || done_ < offered_.front().size()) continue;
    for (auto& of_part : offered_) of_part.clear();
    finished_ = 0, done_ = 0;
    ++rounds_;
    changed_.notify_all();
  }
}

void SumsBeside::add_up(const SpansByPart& tensors) {
  const auto& first = tensors.front();
  packed_.resize(numbers_in(first, 0, first.size()));
  Real* to = packed_.data();
  for (std::size_t i = 0; i < first.size(); ++i) {
    for_each_pair(tensors.size(), [&](std::size_t k, std::size_t l, long) {
      const std::span<Real> lower = tensors[k][i], higher = tensors[l][i];
      check(lower.size() == higher.size(), "parts: found tensors of ", lower.size(), " and ", higher.size(),
            " numbers to add up, expected the same");
      for (std::size_t j = 0; j < lower.size(); ++j) lower[j] += higher[j];
    });
    to = std::ranges::copy(first[i], to).out;
  }
  sum_over(ranks_, packed_, Channel::beside);
  for (const auto& of_part : tensors) {
    const Real* from = packed_.data();
    for (const std::span<Real> tensor : of_part) {
      std::copy_n(from, tensor.size(), tensor.data());
      from += tensor.size();
    }
  }
}

}  // namespace nibble
