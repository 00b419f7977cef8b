// One training on several processes of a real mpirun: any number of them leaves the same bits, and one that
// is killed ends the job, which another number of processes resumes.

#include <catch2/catch.hpp>

#include "experiments/launch/child_process.h"
#include "tests/campaign/study.h"
#include "tests/support/program.h"

namespace nibble::mpi_test {

namespace {

std::string sh(const std::string& command) {
  return run_captured({"sh", "-c", command}, Captured::both).output;
}

// What is missing, or nothing.
std::string missing() {
  if (sh("command -v mpirun").empty()) return "mpirun (Debian's package openmpi-bin)";
  const std::filesystem::path library =
      std::filesystem::path(program_path()).parent_path() / "libnibble_mpi.so";
  return std::filesystem::exists(library) ? "" : library.string() + ", which a build with libopenmpi-dev has";
}

bool skipped() {
  const std::string what = missing();
  if (!what.empty()) WARN("skipped: training on several processes needs " << what);
  return !what.empty();
}

// Debian's OpenMPI on one machine, where no process may be bound to a processor that another one has.
std::string mpirun(int processes) {
  return "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
         "OMPI_MCA_btl_vader_single_copy_mechanism=none "
         "OMPI_MCA_plm_rsh_agent=sh timeout 300 mpirun --bind-to none --oversubscribe -n " +
         std::to_string(processes) + " ";
}

std::string train(const TemporaryDirectory& directory, int processes, const std::string& arguments) {
  return sh("cd " + directory.path().string() + " && " + mpirun(processes) + program_path() + " train " +
            arguments + "; echo \"exit $?\"");
}

}  // namespace

TEST_CASE("mpirun_trains_the_same_bits_on_any_number_of_processes") {
  if (skipped()) return;
  using Case = std::pair<std::string, std::vector<int>>;
  const auto [job, processes] =
      GENERATE(Case{"image.ini --quant.method=learned_scale_shift", {2, 4}},
               Case{"text.ini --train.batch=8 --train.epochs=1", {4}},
               Case{"boxes.ini --train.batch=4 --train.mosaic=0.5 --train.epochs=5", {2}});
  const TemporaryDirectory directory;
  write_configs(directory);
  const std::string arguments = job + " --train.parts=4 --run.output=";
  const std::string run = "/" + job.substr(0, job.find('.'));
  REQUIRE(run_program(directory, "train " + arguments + "alone").exit_code == 0);
  const std::string expected = results_of((directory / ("alone" + run)).string());
  for (const int n : processes) {
    INFO(job << " on " << n);
    const std::string output = std::to_string(n);
    const std::string said = train(directory, n, arguments + output);
    INFO(said);
    REQUIRE_THAT(said, Catch::EndsWith("exit 0\n"));
    CHECK(results_of((directory / (output + run)).string()) == expected);
  }
  const std::string last = std::to_string(processes.back());
  CHECK_THAT(train(directory, processes.back(), arguments + last), Catch::Contains("finished before"));
}

TEST_CASE("a_job_of_mpirun_that_loses_a_process_ends_and_is_resumed_by_another_number") {
  if (skipped()) return;
  const TemporaryDirectory directory;
  write_configs(directory);
  const std::string arguments =
      "image.ini --train.parts=4 --train.epochs=8 --quant.method=learned_scale_shift --run.output=";
  REQUIRE(run_program(directory, "train " + arguments + "alone").exit_code == 0);
  for (const char* signal : {"KILL", "TERM"}) {
    const std::string output = signal;
    std::string said;
    std::thread job([&] { said = train(directory, 4, arguments + output); });
    wait_until_exists(directory / (output + "/image/checkpoint/last.h5"));
    // The last of the four, which is not the one that writes; or all by mpirun.
    sh(output == "KILL" ? "kill -KILL $(pgrep -f '[n]ibble train image.ini .*output=KILL' | tail -n 1)"
                        : "pkill -TERM -f '^mpirun .*nibble train image.ini .*output=TERM'");
    job.join();
    INFO(signal << ": " << said);
    CHECK_THAT(said, !Catch::EndsWith("exit 0\n"));
    REQUIRE(!std::filesystem::exists(directory / (output + "/image/DONE")));
    const std::string rest = train(directory, 2, arguments + output);
    INFO(rest);
    REQUIRE_THAT(rest, Catch::EndsWith("exit 0\n") && Catch::Contains("resuming at"));
    CHECK(results_of((directory / (output + "/image")).string()) ==
          results_of((directory / "alone/image").string()));
  }
}

TEST_CASE("mpirun_says_in_one_sentence_what_cannot_be") {
  if (skipped()) return;
  const TemporaryDirectory directory;
  write_configs(directory);
  const std::string said = train(directory, 2, "image.ini");
  INFO(said);
  CHECK_THAT(said, Catch::Contains(
                       "nibble: found 2 processes for train.parts = 1, expected a power of two of at most"));
  CHECK_THAT(said, Catch::EndsWith("exit 2\n"));
  CHECK(!std::filesystem::exists(directory / "runs/image/FAILED"));
}

}  // namespace nibble::mpi_test
