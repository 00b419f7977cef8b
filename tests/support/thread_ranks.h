#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <vector>

#include "core/check.h"
#include "core/parts/ranks.h"

namespace nibble {

/// Processes that are threads of the test: what one sends waits in a box until the other takes it.
class ThreadRanks {
 public:
  explicit ThreadRanks(long count) {
    for (long i = 0; i < count; ++i) ranks_.emplace_back(*this, i, count);
  }

  Ranks& operator[](long i) { return ranks_[static_cast<std::size_t>(i)]; }

  /// Calls work(rank) for all of them at once, each on a thread of its own.
  template <typename Work>
  void together(const Work& work) {
    std::vector<std::jthread> threads;
    for (Rank& rank : ranks_) threads.emplace_back([&] { work(rank); });
  }

 private:
  class Rank : public Ranks {
   public:
    Rank(ThreadRanks& all, long i, long count) : all_(all), i_(i), count_(count) {}
    long count() const override { return count_; }
    long index() const override { return i_; }
    void exchange(Channel channel, long other, std::span<const std::byte> sent,
                  std::span<std::byte> received) override {
      std::unique_lock lock(all_.mutex_);
      all_.boxes_[{channel, i_, other}].emplace_back(sent.begin(), sent.end());
      all_.changed_.notify_all();
      std::deque<std::vector<std::byte>>& box = all_.boxes_[{channel, other, i_}];
      const bool came = all_.changed_.wait_for(lock, kPatience, [&] { return !box.empty(); });
      check(came, "rank ", i_, ": found nothing from rank ", other, ", expected ", received.size(), " bytes");
      check(box.front().size() == received.size(), "rank ", i_, ": found ", box.front().size(),
            " bytes from rank ", other, ", expected ", received.size());
      std::ranges::copy(box.front(), received.begin());
      box.pop_front();
    }

   private:
    static constexpr std::chrono::seconds kPatience{60};  // of ranks that exchange unequally often

    ThreadRanks& all_;
    long i_, count_;
  };

  std::deque<Rank> ranks_;
  std::mutex mutex_;  // guards boxes_
  std::condition_variable changed_;
  // By channel, sender and receiver.
  std::map<std::tuple<Channel, long, long>, std::deque<std::vector<std::byte>>> boxes_;
};

}  // namespace nibble
