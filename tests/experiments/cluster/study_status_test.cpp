// What `nibble sweep --slurm` makes of the words of Slurm's programs, which are scripts of the test here.
// tests/campaign/slurm_test.cpp has the real ones.

#include <catch2/catch.hpp>

#include "tests/support/program.h"

namespace nibble::study_status_test {
namespace {

namespace fs = std::filesystem;

// Slurm's programs: the queue and the accounts are files, what was sent and cancelled too.
class ScriptedSlurm : public TinyStudy {
 public:
  ScriptedSlurm() {
    fs::create_directory(path("bin"));
    script("squeue", "cat queue");
    script("sacct", "echo \"$@\" >accounts_asked\ncat accounts 2>&1");
    script("sbatch", "echo \"$@\" >>sent\nwc -l <sent");
    script("scontrol", "echo 'MaxArraySize            = 1001'");
    script("scancel", "echo \"$@\" >cancelled");
    write_file(path("queue"), ""), write_file(path("accounts"), "");
    write_file(path("study.ini"),
               "[sweep]\nconfig = a.ini\ngrid = run.seed: 1..5\nname = s{run.seed}\n[run]\noutput = out\n");
  }

  ProgramOutcome sweep(const std::string& arguments) const {
    return (*this)("sweep study.ini " + arguments, "PATH=" + path("bin").string() + ":$PATH");
  }
  std::string submission(const std::string& file) const { return "out/slurm/study/" + file; }

 private:
  void script(const std::string& name, const std::string& lines) const {
    const fs::path file = path("bin/" + name);
    write_file(file, "#!/bin/sh\n" + lines + "\n");
    fs::permissions(file, fs::perms::owner_all);
  }
};

}  // namespace

TEST_CASE("status_tells_what_queue_accounts_and_directories_say_and_resubmit_sends_the_rest") {
  const ScriptedSlurm slurm;
  const ProgramOutcome sent = slurm.sweep("--slurm submit");
  INFO(sent.err);
  REQUIRE_THAT(sent.out, Catch::StartsWith("job 1: 5 runs in 5 tasks\n"));

  REQUIRE(slurm.sweep("--only s1").exit_code == 0);
  REQUIRE(slurm.sweep("--only s5").exit_code == 0);
  fs::remove(slurm.path("out/s5/DONE"));  // as a run that ended at a checkpoint
  write_file(slurm.path("queue"), "1_4|PENDING|Priority\n1_1|COMPLETED|None\n");
  write_file(slurm.path("accounts"), "1_2|CANCELLED by 0\n1_3|OUT_OF_MEMORY\n1_4|RUNNING\n1_5|TIMEOUT\n");
  write_file(slurm.path(slurm.submission("1/logs/runs_1_3.out")), "epoch 1\nslurmstepd: oom_kill event\n\n");
  write_file(slurm.path(slurm.submission("1/requeues/runs_5")), "75\n75\n");
  const ProgramOutcome status = slurm.sweep("--slurm status");
  INFO(status.out << status.err);
  CHECK(status.exit_code == 1);
  CHECK_THAT(status.out, Catch::Matches("run +state +task +remark\n"
                                        "s1 +finished +1_1 +[0-9.]+\n"
                                        "s2 +stopped +1_2 +CANCELLED\n"
                                        "s3 +failed +1_3 +OUT_OF_MEMORY; slurmstepd: oom_kill event\n"
                                        "s4 +waiting +1_4 +Priority\n"
                                        "s5 +stopped +1_5 +TIMEOUT; requeued 2 times\n"
                                        "5 runs: 1 finished, 1 waiting, 2 stopped, 1 failed\n"));
  CHECK_THAT(slurm.text("accounts_asked"), Catch::EndsWith("--jobs=1\n"));

  const ProgramOutcome again = slurm.sweep("--slurm resubmit");
  INFO(again.out << again.err);
  CHECK_THAT(again.out, Catch::StartsWith("1 finished\n1 in the queue\njob 2: 3 runs in 3 tasks\n"));
  CHECK(slurm.text(slurm.submission("2/runs.tasks")) == "2\n3\n5\n");
  write_file(slurm.path("queue"), "1_4|RUNNING|None\n2_[1-3]|PENDING|Resources\n");
  const ProgramOutcome cancelled = slurm.sweep("--slurm cancel");
  CHECK(cancelled.out == "cancelled 4 tasks of 2 jobs\n");
  CHECK(slurm.text("cancelled") == "1 2\n");
}

TEST_CASE("a_run_that_failed_is_sent_again_by_resubmit_alone") {
  const ScriptedSlurm slurm;
  REQUIRE(slurm.sweep("--slurm submit").exit_code == 0);
  const ProgramOutcome diverged = slurm.sweep("--only s2 --train.learning_rate=1e30 --train.epochs=50");
  INFO(diverged.out << diverged.err);
  REQUIRE(fs::exists(slurm.path("out/s2/FAILED")));
  const std::string key = " --train.learning_rate=1e30 --train.epochs=50";
  CHECK_THAT(slurm.sweep("--slurm submit --only s2" + key).out,
             Catch::StartsWith("1 failed: --slurm resubmit sends them again\nnothing to send\n"));
  CHECK_THAT(slurm.sweep("--slurm status --only s2" + key).out, Catch::Contains("failed"));
  CHECK_THAT(slurm.sweep("--slurm resubmit --only s2" + key).out, Catch::StartsWith("job 2: 1 runs"));
}

TEST_CASE("a_cluster_without_accounts_is_asked_for_its_queue_and_one_without_Slurm_is_told") {
  const ScriptedSlurm slurm;
  REQUIRE(slurm.sweep("--slurm submit").exit_code == 0);
  fs::remove(slurm.path("accounts"));  // sacct fails
  write_file(slurm.path("queue"), "1_[1-5]|PENDING|None\n");
  const ProgramOutcome waiting = slurm.sweep("--slurm status");
  CHECK(waiting.exit_code == 0);
  CHECK_THAT(waiting.out, Catch::EndsWith("5 runs: 5 waiting\n"));
  fs::remove(slurm.path("queue"));
  const ProgramOutcome silent = slurm.sweep("--slurm status");
  CHECK(silent.exit_code == 1);
  CHECK_THAT(silent.err, Catch::Contains("squeue failed with"));
}

}  // namespace nibble::study_status_test
