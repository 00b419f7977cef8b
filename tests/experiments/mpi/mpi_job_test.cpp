#include "experiments/mpi/mpi_job.h"

#include <catch2/catch.hpp>

#include "tests/support/program.h"

namespace nibble::mpi_job_test {

TEST_CASE("a_process_that_is_alone_needs_no_MPI") {
  const TinyStudy study;
  CHECK(study("train a.ini", "OMPI_COMM_WORLD_SIZE=1").exit_code == 0);
  CHECK(study("train a.ini --run.name=b", "PMIX_RANK=0 SLURM_STEP_NUM_TASKS=1").exit_code == 0);
  CHECK(study("train a.ini --run.name=c", "PMIX_RANK=0").exit_code == 0);
}

TEST_CASE("runs_of_a_sweep_are_no_part_of_the_job_that_started_it") {
  const TinyStudy study;
  write_file(study.path("sweep.ini"), "[sweep]\nconfig = a.ini\ngrid = run.seed: 1, 2\n");
  for (const char* job : {"OMPI_COMM_WORLD_SIZE=2", "PMIX_RANK=1 SLURM_STEP_NUM_TASKS=2"}) {
    const ProgramOutcome outcome =
        study("sweep sweep.ini --run.output=" + std::string(job).substr(0, 4), job);
    INFO(job << ": " << outcome.out << outcome.err);
    CHECK(outcome.exit_code == 0);
    CHECK(std::filesystem::exists(study.path(std::string(job).substr(0, 4) + "/a-2/DONE")));
  }
}

}  // namespace nibble::mpi_job_test
