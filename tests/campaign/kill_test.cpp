// Kills the program at random moments, resumes it on a random number of threads, and compares what it leaves
// in the end with the results of a run that nothing disturbed. NIBBLE_KILLS=500 NIBBLE_SEED=7
// build/tests/campaign_test makes it longer, and repeats one. Do not build meanwhile: what the program
// exports names its commit.

#include <iostream>

#include "tests/campaign/study.h"

namespace nibble::kill_test {

using Clock = std::chrono::steady_clock;

namespace {

std::string with_threads(const Job& job, Rng& rng) {
  return job.command + (job.trains ? str(" --run.threads=", 1 + rng.below(4)) : "");
}

// Starts the job and kills it after a while; whether it was still at work.
bool kill_once(const TemporaryDirectory& directory, const Job& job, double seconds, Rng& rng) {
  const pid_t child = start_program(directory, with_threads(job, rng));
  std::this_thread::sleep_for(std::chrono::duration<double>(rng.uniform(0, 1) * seconds));
  kill(child, SIGKILL);
  return finish_program(directory, child).exit_code == 128 + SIGKILL;
}

}  // namespace

TEST_CASE("kills_at_random_moments_change_no_bit_and_lose_no_figure") {
  const long wanted = setting("NIBBLE_KILLS", 8);
  std::cout << "NIBBLE_SEED=" << campaign_seed() << " NIBBLE_KILLS=" << wanted << std::endl;
  Rng rng(campaign_seed());
  const TemporaryDirectory undisturbed;
  write_configs(undisturbed);
  struct Known {
    Job job;
    std::string results;
    double seconds;
  };
  std::vector<Known> all;
  for (const Job& job : jobs()) {
    prepare(undisturbed, job);
    const auto start = Clock::now();
    REQUIRE(run_program(undisturbed, job.command).exit_code == 0);
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    all.push_back({job, results_of(undisturbed, job), seconds});
  }

  long kills = 0, ends = 0;
  while (kills < wanted) {
    const Known& known = all[rng.below(all.size())];
    const TemporaryDirectory directory;
    prepare(directory, known.job);
    for (auto often = 1 + rng.below(5); often > 0; --often)
      kills += kill_once(directory, known.job, 1.1 * known.seconds, rng);
    const ProgramOutcome outcome = run_program(directory, with_threads(known.job, rng));
    INFO(known.job.name << " after " << kills << " kills: " << outcome.err);
    REQUIRE(outcome.exit_code == 0);
    CHECK((results_of(directory, known.job) == known.results));  // not printed: binary
    ++ends;
  }
  std::cout << kills << " kills, " << ends << " results compared\n";
}

TEST_CASE("processes_on_one_sweep_share_its_runs") {
  const Job sweep = jobs().back();
  const TemporaryDirectory alone, shared;
  write_configs(alone), write_configs(shared);
  REQUIRE(run_program(alone, sweep.command).exit_code == 0);
  Rng rng(campaign_seed() + 1);
  const auto processes = 2 + rng.below(3);
  std::vector<pid_t> children;
  for (std::uint64_t i = 0; i < processes; ++i)
    children.push_back(start_program(shared, with_threads(sweep, rng), "", str("sweep", i)));
  long trainings = 0;
  for (std::uint64_t i = 0; i < processes; ++i) {
    const ProgramOutcome outcome = finish_program(shared, children[i], str("sweep", i));
    CHECK(outcome.exit_code == 0);
    for (std::size_t at = 0; (at = outcome.err.find("images to learn from", at)) != std::string::npos; ++at)
      ++trainings;
  }
  CHECK(trainings == 2);
  CHECK((results_of(shared, sweep) == results_of(alone, sweep)));
}

}  // namespace nibble::kill_test
