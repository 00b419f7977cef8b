// A disk that fills up at the N-th write: the program says so in one sentence and fails; when there is room
// again, the same command ends with the results of a run that nothing disturbed. NIBBLE_FULL_DISKS=200 tries
// more writes.

#include <iostream>

#include "tests/campaign/study.h"

namespace nibble::full_disk_test {

TEST_CASE("a_full_disk_loses_nothing_that_was_there") {
  const long points = setting("NIBBLE_FULL_DISKS", 10);
  std::cout << "NIBBLE_SEED=" << campaign_seed() << " NIBBLE_FULL_DISKS=" << points << std::endl;
  Rng rng(campaign_seed() + 2);
  const TemporaryDirectory undisturbed;
  write_configs(undisturbed);
  for (const Job& job : jobs()) {
    prepare(undisturbed, job);
    REQUIRE(run_program(undisturbed, job.command).exit_code == 0);
  }
  const std::string library = undisturbed / "full_disk.so";
  REQUIRE(std::system(
              ("cc -shared -fPIC -o " + library + " " NIBBLE_SOURCE_DIR "/tests/campaign/full_disk.c -ldl")
                  .c_str()) == 0);
  long failures = 0;
  for (long i = 0; i < points; ++i) {
    const Job job = jobs()[rng.below(jobs().size() - 1)];  // a sweep, the last, passes over failures
    const TemporaryDirectory directory;
    prepare(directory, job);
    const auto at =
        static_cast<long>(std::exp(rng.uniform(0, 7)));  // writes 1 to 1,100, the first ones more often
    const ProgramOutcome full = finish_program(
        directory, start_program(directory, job.command, str("LD_PRELOAD=", library, " FULL_DISK_AT=", at)));
    INFO(job.name << " at write " << at << ": " << full.err);
    if (full.exit_code != 0) {
      ++failures;
      CHECK_THAT(full.err, Catch::Contains("nibble: "));
    }
    REQUIRE(run_program(directory, job.command).exit_code == 0);
    CHECK((results_of(directory, job) == results_of(undisturbed, job)));
  }
  std::cout << failures << " of " << points << " met the full disk\n";
  CHECK(failures > 0);
}

}  // namespace nibble::full_disk_test
