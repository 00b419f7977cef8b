#include "experiments/training/part_crew.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "core/parallel.h"

namespace nibble {
namespace {

// What happens while all work: work itself, and what it throws.
class Attempt {
 public:
  Attempt(const std::function<void(Trainer&)>& work, PartTeam& team) : work_(work), team_(team) {}

  void operator()(Trainer& trainer) {
    try {
      work_(trainer);
    } catch (const CalledOff&) {
      keep(called_off_);
    } catch (...) {
      keep(failure_);
    }
  }

  // Once nobody works.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
    if (called_off_) std::rethrow_exception(called_off_);
  }

 private:
  void keep(std::exception_ptr& into) {
    const std::lock_guard lock(mutex_);
    if (!into) into = std::current_exception();
    team_.call_off();
  }

  const std::function<void(Trainer&)>& work_;
  PartTeam& team_;
  std::mutex mutex_;  // guards what follows
  std::exception_ptr failure_, called_off_;
};

}  // namespace

// A thread that lives as long as the crew: what kernels keep for a thread stays warm.
struct PartCrew::Worker {
  Worker(Member of_part, int threads)
      : member(std::move(of_part)), thread([this, threads] { serve(threads); }) {}
  ~Worker() {
    begin(nullptr);
    thread.join();
  }

  // null: the end.
  void begin(Attempt* what) {
    const std::lock_guard lock(mutex);
    attempt = what;
    has_work = true;
    changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !has_work; });
  }

  void serve(int threads) {
    set_threads(threads);
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return has_work; });
      if (attempt == nullptr) return;
      lock.unlock();
      (*attempt)(*member.trainer);
      lock.lock();
      has_work = false;
      changed.notify_all();
    }
  }

  Member member;
  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  Attempt* attempt = nullptr;
  bool has_work = false;
  std::thread thread;
};

PartCrew::PartCrew(PartTeam& team, Trainer& first, const Enlist& enlist)
    : team_(team), first_(first), threads_of_each_(std::max(1, threads() / static_cast<int>(team.size()))) {
  for (long i = 1; i < team.size(); ++i)
    workers_.push_back(std::make_unique<Worker>(enlist(team.part(i)), threads_of_each_));
}

PartCrew::~PartCrew() = default;

void PartCrew::together(const std::function<void(Trainer&)>& work) {
  Attempt attempt(work, team_);
  for (const auto& worker : workers_) worker->begin(&attempt);
  const int before = threads();
  set_threads(threads_of_each_);
  attempt(first_);
  set_threads(before);
  for (const auto& worker : workers_) worker->wait();
  attempt.rethrow();
}

}  // namespace nibble
