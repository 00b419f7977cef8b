// A study on a real Slurm of one node, which tests/slurm/one_node.sh starts: stages wait for each other, a
// run that is killed and one that is preempted go on, and all runs have the bits of a sweep on one machine.

#include <catch2/catch.hpp>

#include "experiments/launch/child_process.h"
#include "experiments/training/checkpoint.h"
#include "tests/campaign/study.h"
#include "tests/support/program.h"

namespace nibble::slurm_test {

namespace fs = std::filesystem;

namespace {

const std::string kScript = NIBBLE_SOURCE_DIR "/tests/slurm/one_node.sh";

// Slurm's directory, and SLURM_CONF for all children, while one lives.
class OneNode : NonCopyable {
 public:
  OneNode() {
    const CapturedChild started = run_captured({"bash", kScript, "start", directory_.path()}, Captured::both);
    INFO(started.output);
    REQUIRE(started.result.exit_code == 0);
    setenv("SLURM_CONF", (directory_ / "slurm.conf").c_str(), 1);
    setenv("PATH", (std::string(getenv("PATH")) + ":/usr/sbin").c_str(), 1);
  }
  ~OneNode() {
    run_captured({"bash", kScript, "stop", directory_.path()}, Captured::both);
    unsetenv("SLURM_CONF");
  }
  std::string logs() const { return read_file(directory_ / "slurmctld.log"); }

 private:
  TemporaryDirectory directory_;
};

// 3 + 3 + 6 runs; an epoch takes milliseconds, and a checkpoint is written all the time.
void write_study(const TemporaryDirectory& directory) {
  write_file(directory / "float.ini", std::string(kTinyConfig) + "checkpoint_minutes = 0.0001\n");
  write_file(directory / "low.ini",
             "include = float.ini\n[quant]\nmethod = learned_scale_shift\ncalibration_samples = 32\n");
  write_file(directory / "study.ini",
             "[cluster]\npartition = test\ntime = 10\ncpus = 1\n[run]\noutput = runs/study\n"
             "[stage float]\nconfig = float.ini\ngrid = run.seed: 1..3\nname = float{run.seed}\n"
             "[train]\nepochs = 400\nevaluate_every = 100\n"
             "[stage w4]\nconfig = low.ini\nparent = float\nname = w4_{run.seed}\n[train]\nepochs = 30\n"
             "[stage low]\nconfig = low.ini\nparent = w4\ngrid = quant.weight_bits: 3, 2\n"
             "name = w{quant.weight_bits}_{run.seed}\n");
}

std::string sh(const std::string& command) {
  return run_captured({"sh", "-c", command}, Captured::both).output;
}

}  // namespace

TEST_CASE("slurm_finishes_a_study_with_the_bits_of_one_machine") {
  if (const std::string missing = sh("bash " + kScript + " missing"); !missing.empty()) {
    WARN("skipped: a study on Slurm needs Debian's packages slurm-wlm and munge; missing: " << missing);
    return;
  }
  const OneNode slurm;
  const TemporaryDirectory cluster, local;
  write_study(cluster), write_study(local);
  const ProgramOutcome sent = run_program(cluster, "sweep study.ini --slurm submit");
  INFO(sent.out << sent.err);
  REQUIRE(sent.exit_code == 0);
  CHECK_THAT(sent.out, Catch::Contains("3 runs in 3 tasks, stage float\n") &&
                           Catch::Contains("6 runs in 6 tasks, stage low, after 1 jobs\n"));

  // One run is killed, the task of another one is preempted.
  wait_until_exists(cluster / "runs/study/float1/checkpoint/last.h5");
  const pid_t trainer = holder_of(cluster / "runs/study/float1");
  REQUIRE(trainer > 0);
  kill(trainer, SIGKILL);
  wait_until_exists(cluster / "runs/study/float2/checkpoint/last.h5");
  const std::string job = sent.out.substr(4, sent.out.find(':') - 4);
  CHECK(sh("scancel --batch --signal=USR1 " + job + "_2").empty());
  const ProgramOutcome status = run_program(cluster, "sweep study.ini --slurm status");
  CHECK_THAT(status.out, Catch::Contains("12 runs: ") && Catch::Contains("waiting"));
  CHECK_THAT(run_program(cluster, "sweep study.ini --slurm submit").out, Catch::Contains("nothing to send"));

  ProgramOutcome last;
  for (int second = 0; second < 180; ++second) {
    last = run_program(cluster, "sweep study.ini --slurm status");
    if (last.out.find("12 runs: 12 finished\n") != std::string::npos || last.exit_code != 0) break;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  INFO(last.out << last.err << sh("squeue --states=all --array") << slurm.logs());
  INFO(sh("tail -n 5 " + (cluster / "runs/study/slurm/study/1/logs/*").string()));
  REQUIRE_THAT(last.out, Catch::EndsWith("12 runs: 12 finished\n"));
  CHECK_THAT(last.out,
             Catch::Matches("(.|\n)*float1 +finished +" + job + "_1 +[0-9.]+; requeued 1 time\n(.|\n)*"));
  CHECK_THAT(last.out,
             Catch::Matches("(.|\n)*float2 +finished +" + job + "_2 +[0-9.]+; requeued 1 time\n(.|\n)*"));

  REQUIRE(run_program(local, "sweep study.ini --jobs 2").exit_code == 0);
  for (const fs::directory_entry& run : fs::directory_iterator(local / "runs/study")) {
    const std::string name = run.path().filename();
    INFO(name);
    CHECK((results_of(cluster / ("runs/study/" + name)) == results_of(run.path())));
  }
}

}  // namespace nibble::slurm_test
