#include <catch2/catch.hpp>

#include "experiments/cluster/slurm.h"
#include "experiments/cluster/study_status.h"
#include "experiments/cluster/submission.h"
#include "experiments/launch/manifest.h"
#include "tests/support/temporary_directory.h"

namespace nibble::slurm_words_test {

TEST_CASE("slurm_tasks_are_read_from_squeue_and_sacct") {
  const auto tasks = parse_tasks(
      "12_3|RUNNING|None\n12_[4-5,9%2]|PENDING|Dependency\n12_1|CANCELLED by 1000\n13|COMPLETED|None\n"
      "12_2|COMPLETED\nslurm_load_jobs error\n");
  REQUIRE(tasks.size() == 6);
  CHECK(tasks.at({12, 3}).state == "RUNNING");
  CHECK(tasks.at({12, 3}).reason.empty());
  CHECK(tasks.at({12, 3}).active());
  for (const long task : {4L, 5L, 9L}) CHECK(tasks.at({12, task}).reason == "Dependency");
  CHECK(tasks.at({12, 9}).active());
  CHECK(tasks.at({12, 1}).state == "CANCELLED");
  CHECK_FALSE(tasks.at({12, 1}).active());
  CHECK_FALSE(tasks.at({12, 2}).active());
}

TEST_CASE("progress_is_read_from_the_last_line_of_a_log") {
  CHECK(progress_of("epoch=3 step=30 loss=0.5 images_per_second=10 seconds=7.5", 5) == "epoch 3/5, ETA 15 s");
  CHECK(progress_of("", 5).empty());
}

TEST_CASE("submissions_tell_where_a_run_was_sent_last") {
  const TemporaryDirectory directory;
  write_file(directory / "base.ini", "[train]\nepochs = 2\n");
  write_file(directory / "study.ini",
             "[sweep]\nconfig = base.ini\ngrid = run.seed: 1..4\nname = s{run.seed}\n[run]\noutput = " +
                 (directory / "out").string() + "\n");
  const std::string file = (directory / "study.ini").string();
  const Sweep sweep = load_sweep(file, {});
  const std::string place = submissions_directory(sweep, file);
  CHECK(place == (directory / "out/slurm/study").string());
  CHECK(read_submissions(place).empty());
  for (const long job : {7L, 9L}) {
    const Submission submission = next_submission(place);
    write_manifest(sweep, submission.directory);
    write_file(submission.directory + "/runs.tasks", job == 7 ? "1,2\n3,4\n" : "3\n");
    note_job(submission, {stage_file(""), job, {}});
  }
  next_submission(place);  // of which sbatch took nothing
  const std::vector<Submission> submissions = read_submissions(place);
  REQUIRE(submissions.size() == 3);
  CHECK(submissions[0].jobs[0].tasks == std::vector<std::vector<std::string>>{{"s1", "s2"}, {"s3", "s4"}});
  CHECK(place_of(submissions, "s3")->job->job == 9);
  CHECK(place_of(submissions, "s4")->job->job == 7);
  CHECK(place_of(submissions, "s4")->task == 2);
  CHECK_FALSE(place_of(submissions, "s5"));
  write_file(submissions[1].directory + "/runs.tasks", "5\n");
  CHECK_THROWS_WITH(read_submissions(place),
                    Catch::Contains("runs.tasks:1: found '5', expected the number of a run "
                                    "from 1 to 4"));
}

}  // namespace nibble::slurm_words_test
