#include "experiments/cluster/job_script.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "experiments/launch/child_process.h"
#include "tests/support/temporary_directory.h"

namespace nibble::job_script_test {
namespace {

// A script beside a nibble of three lines, which notes its words and ends as it is told.
struct ScriptedTask {
  TemporaryDirectory directory;
  StageJob job{.job_name = "study-float",
               .file_name = "float",
               .directory = directory.path(),
               .work_directory = directory.path(),
               .program = (directory / "a nibble").string(),
               .tasks = 3,
               .cluster = {}};

  explicit ScriptedTask(const std::string& nibble) {
    for (const char* folder : {"logs", "requeues"}) std::filesystem::create_directory(directory / folder);
    write_file(directory / "float.tasks", "1\n2,3\n4\n");
    write_file(directory / "a nibble", "#!/bin/sh\n" + nibble);
    run_captured({"chmod", "+x", (directory / "a nibble").string()});
  }
  CapturedChild operator()(const std::string& environment = "SLURM_ARRAY_TASK_ID=2") const {
    write_file(directory / "float.sh", job_script(job));
    return run_captured({"sh", "-c", environment + " exec sh '" + (directory / "float.sh").string() + "'"},
                        Captured::both);
  }
};

}  // namespace

TEST_CASE("job_script_asks_for_what_the_cluster_section_says") {
  StageJob job{"study", "runs", "/s/1", "/work", "/bin/nibble", 12, {}};
  CHECK_THAT(
      job_script(job),
      Catch::StartsWith("#!/bin/sh\n#SBATCH --job-name=study\n#SBATCH --array=1-12\n#SBATCH --chdir=/work\n"
                        "#SBATCH --output=/s/1/logs/runs_%A_%a.out\n#SBATCH --open-mode=append\n"
                        "#SBATCH --requeue\n#SBATCH --signal=B:USR1@120\n# One task"));
  job.cluster = {.partition = "long",
                 .time = "2-00:00:00",
                 .memory = "8G",
                 .account = "us",
                 .constraint = "avx512",
                 .cpus = 4,
                 .modules = "gcc/12 hdf5",
                 .options = {"--qos=low", "--nice"},
                 .lines = {"export A=1"},
                 .grace_seconds = 60,
                 .requeues = 3,
                 .parallel = 5};
  const std::string script = job_script(job);
  for (const char* line : {"#SBATCH --array=1-12%5", "#SBATCH --signal=B:USR1@60", "#SBATCH --partition=long",
                           "#SBATCH --time=2-00:00:00", "#SBATCH --cpus-per-task=4", "#SBATCH --mem=8G",
                           "#SBATCH --account=us", "#SBATCH --constraint=avx512", "#SBATCH --qos=low",
                           "#SBATCH --nice", "module load gcc/12 hdf5", "export A=1", "limit=3"})
    CHECK_THAT(script, Catch::Contains(std::string("\n") + line + "\n"));
}

TEST_CASE("job_script_runs_the_runs_of_its_task_and_hands_on_the_exit_code") {
  const ScriptedTask task("echo \"$@\"; exit 1\n");
  const CapturedChild child = task();
  CHECK(child.output == "sweep " + task.directory.path().string() + "/manifest.txt --index 2,3 --requeue\n");
  CHECK(child.result.exit_code == 1);
  CHECK_THAT(task("SLURM_ARRAY_TASK_ID=1 SLURM_CPUS_PER_TASK=4").output,
             Catch::EndsWith("--index 1 --requeue --run.threads=4\n"));
  CHECK(std::filesystem::is_empty(task.directory / "requeues"));
}

TEST_CASE("job_script_requeues_what_was_stopped_or_killed_a_limited_number_of_times") {
  ScriptedTask task("exit 75\n");
  task.job.cluster.requeues = 2;
  CHECK(task().output == "nibble: exit code 75, requeue 1 of at most 2\n");
  write_file(task.directory / "a nibble", "#!/bin/sh\nkill -9 $$\n");
  const CapturedChild killed = task();
  CHECK(killed.result.exit_code == 75);
  CHECK_THAT(killed.output, Catch::EndsWith("nibble: exit code 137, requeue 2 of at most 2\n"));
  const CapturedChild last = task();
  CHECK(last.result.exit_code == 1);
  CHECK_THAT(last.output, Catch::Contains("ended with exit code 137 after 2 requeues"));
  CHECK_THAT(read_file(task.directory / task_requeues("float", 2)),
             Catch::Matches("\\S+Z exit code 75\n\\S+Z exit code 137\n"));
}

TEST_CASE("job_script_hands_signals_on_and_waits_for_the_checkpoint") {
  const ScriptedTask task(
      "trap 'echo stopping; sleep 0.2; exit 75' USR1 TERM\n: >ready\nwhile :; do sleep 0.05; done\n");
  for (const char* signal : {"USR1", "TERM"}) {
    write_file(task.directory / "float.sh", job_script(task.job));
    const CapturedChild child = run_captured(
        {"sh", "-c",
         "cd '" + task.directory.path().string() +
             "' && rm -f ready && { SLURM_ARRAY_TASK_ID=1 sh float.sh & } && while ! [ -e ready ]; do "
             "sleep 0.05; done; kill -" +
             signal + " $!; wait $!"},
        Captured::both);
    const bool requeued = signal == std::string("USR1");
    CHECK(child.result.exit_code == 75);
    CHECK(child.output ==
          (requeued ? "stopping\nnibble: exit code 75, requeue 1 of at most 10\n" : "stopping\n"));
  }
}

TEST_CASE("shell_word_survives_a_shell") {
  for (const std::string text : {"a b", "it's", "$HOME `x` \"y\" \\", ""})
    CHECK(run_captured({"sh", "-c", "printf %s " + shell_word(text)}).output == text);
}

}  // namespace nibble::job_script_test
