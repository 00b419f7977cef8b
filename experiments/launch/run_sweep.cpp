#include "experiments/launch/run_sweep.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <thread>

#include "core/parallel.h"
#include "experiments/launch/admit_sweep.h"
#include "experiments/launch/child_process.h"
#include "experiments/launch/sweep_states.h"
#include "experiments/process/signals.h"
#include "experiments/results/run_directory.h"

namespace nibble {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kLook{1};  // between looks at a run on which another process works
constexpr std::chrono::milliseconds kNap{20};

// A run of the selection, from the first look at it to its end.
struct Job {
  const SweepRun* run = nullptr;
  SweepOutcome outcome = {};
  bool open = true;                            // something is still to be done about it
  bool replaced = false;                       // by this sweep: children of the old run are old
  std::unique_ptr<ChildProcess> process = {};  // while it trains
  std::string begun_line = {};                 // of its messages, without an end so far
  Clock::time_point next_look = Clock::now();
};

class SweepInProgress {
 public:
  SweepInProgress(const Sweep& sweep, const std::vector<std::size_t>& selected,
                  const SweepRunOptions& options)
      : sweep_(sweep), selected_(selected), options_(options), job_of_(sweep.runs.size(), nullptr) {
    jobs_.resize(selected.size());
    for (std::size_t i = 0; i < selected.size(); ++i) {
      jobs_[i].run = &sweep.runs[selected[i]];
      job_of_[selected[i]] = &jobs_[i];
    }
  }

  int run() {
    for (;;) {
      for (Job& job : jobs_) attend(job);
      if (stopped()) tell_to_stop();
      for (Job& job : jobs_)
        if (!stopped() && job.open && !job.process && Clock::now() >= job.next_look) work_on(job);
      const bool training = busy() > 0;
      if (!training &&
          (stopped() || std::none_of(jobs_.begin(), jobs_.end(), [](const Job& j) { return j.open; })))
        break;
      std::this_thread::sleep_for(kNap);
    }
    return finish();
  }

 private:
  bool stopped() const { return interrupted_ || stop_requested(); }
  long busy() const {
    return std::count_if(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.process != nullptr; });
  }

  void close(Job& job, SweepOutcome outcome) {
    job.outcome = std::move(outcome);
    job.open = false;
  }

  // Another process works on the run, or on its parent.
  void look_again(Job& job, const SweepOutcome& outcome) {
    job.outcome = outcome;
    job.next_look = Clock::now() + kLook;
  }

  void work_on(Job& job) {
    if (busy() >= options_.jobs) return;
    const SweepOutcome there = look_at(*job.run);
    const Job* const parent = job.run->parent ? job_of_[*job.run->parent] : nullptr;
    const bool old = parent && parent->replaced;  // it went on from a run that is no longer there
    if (there.state == SweepState::running) return look_again(job, there);
    if (options_.rerun && parent && parent->open) return;  // it may still be replaced
    if (there.state == SweepState::finished && !old) return close(job, there);
    if (job.outcome.state == SweepState::running &&
        there.state == SweepState::failed) {  // in the other process
      ++failures_;
      return close(job, {SweepState::failed, why_failed(*job.run, "")});
    }
    if (!parent_is_done(job)) return;
    job.replaced = there.state == SweepState::other || old;
    start(job);
  }

  // Where the parent is still to come the run waits; where it will not come the run is passed over.
  bool parent_is_done(Job& job) {
    if (!job.run->parent) return true;
    const SweepRun& parent = sweep_.runs[*job.run->parent];
    const Job* const ours = job_of_[*job.run->parent];
    if (ours && ours->open) return false;
    const SweepOutcome there = look_at(parent);
    if (there.state == SweepState::finished) return true;
    if (there.state == SweepState::running && !ours) {
      look_again(job, {SweepState::absent, ""});
      return false;
    }
    ++failures_;
    close(job, {look_at(*job.run).state, "its parent " + parent.name + " is not finished"});
    return false;
  }

  std::vector<std::string> train_command(const Job& job) const {
    std::vector<std::string> words{"nibble", "train", job.run->base};
    if (job.replaced) words.push_back("--force");
    for (const Setting& setting : job.run->settings)
      words.push_back("--" + setting.key + "=" + setting.value);
    if (options_.jobs > 1 && job.run->config.run.threads == 0)
      words.push_back(str("--run.threads=", std::max(1, threads() / options_.jobs)));
    return words;
  }

  void start(Job& job) {
    std::cerr << "sweep: " << job.run - sweep_.runs.data() + 1 << "/" << sweep_.runs.size() << " "
              << job.run->name << std::endl;
    job.process = std::make_unique<ChildProcess>(
        train_command(job), options_.jobs > 1 ? Captured::errors : Captured::nothing, kThisProgram);
  }

  // Looks after a run that trains.
  void attend(Job& job) {
    if (!job.process) return;
    const bool running = job.process->running();
    print_lines(job, !running);
    if (running) return;
    const ChildResult result = job.process->result();
    job.process.reset();
    const RunDirectory directory(job.run->directory);
    if (result.exit_code == kSuccess) return close(job, {SweepState::finished, directory.final_figure()});
    if (result.exit_code == kBusy) return look_again(job, {SweepState::running, ""});
    if (result.exit_code == kInterrupted || stop_requested()) {
      interrupted_ = true;
      return close(job, {SweepState::interrupted, "the same command goes on from its checkpoint"});
    }
    if (result.exit_code < 0 && options_.requeue) {
      killed_ = true;
      return close(job, {SweepState::interrupted, result.how});
    }
    ++failures_;
    close(job, {SweepState::failed, why_failed(*job.run, result.how)});
  }

  // Whole lines, with the run's name, of runs that write at the same time.
  void print_lines(Job& job, bool ended) {
    job.begun_line += job.process->take_text();
    for (std::size_t end; (end = job.begun_line.find('\n')) != std::string::npos;
         job.begun_line.erase(0, end + 1))
      std::cerr << job.run->name << ": " << job.begun_line.substr(0, end + 1) << std::flush;
    if (ended && !job.begun_line.empty()) std::cerr << job.run->name << ": " << job.begun_line << std::endl;
  }

  void tell_to_stop() {
    if (told_) return;
    told_ = true;
    for (Job& job : jobs_)
      if (job.process) job.process->send(stop_requested() ? stop_signal() : SIGTERM);
  }

  int finish() {
    std::vector<SweepOutcome> outcomes;
    for (Job& job : jobs_) outcomes.push_back(job.open ? look_at(*job.run) : job.outcome);
    print_states(sweep_, selected_, outcomes, std::cout);
    return stopped() || killed_ ? kInterrupted : failures_ > 0 ? kFailure : kSuccess;
  }

  const Sweep& sweep_;
  const std::vector<std::size_t>& selected_;
  const SweepRunOptions options_;
  std::vector<Job> jobs_;
  std::vector<Job*> job_of_;  // by place in sweep_.runs; null: not selected
  int failures_ = 0;
  bool interrupted_ = false, killed_ = false, told_ = false;
};

}  // namespace

int run_sweep(const Sweep& sweep, const std::vector<std::size_t>& selected, const SweepRunOptions& options) {
  admit_sweep(sweep, selected, options.rerun);
  const SignalWatch signals;
  return SweepInProgress(sweep, selected, options).run();
}

}  // namespace nibble
