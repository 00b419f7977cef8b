#include "experiments/launch/child_process.h"

#include <catch2/catch.hpp>

namespace nibble::child_process_test {

TEST_CASE("captured_child_returns_its_output_and_exit_code") {
  const CapturedChild child = run_captured({"sh", "-c", "echo one; echo two; exit 7"});  // found along PATH
  CHECK(child.output == "one\ntwo\n");
  CHECK(child.result.exit_code == 7);
  CHECK(child.result.how == "exit code 7");
}

TEST_CASE("captured_child_may_write_more_than_a_pipe_holds") {
  const CapturedChild child = run_captured({"sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x"});
  CHECK(child.result.exit_code == 0);
  CHECK(child.output.size() == 300000);
}

TEST_CASE("captured_child_that_cannot_be_started_says_so") {
  const CapturedChild child = run_captured({"/no/such/program"});
  CHECK(child.result.exit_code == 127);
  CHECK(child.output.empty());
}

TEST_CASE("captured_child_ended_by_a_signal_names_it") {
  const CapturedChild child = run_captured({"sh", "-c", "kill -9 $$"});
  CHECK(child.result.exit_code == -1);
  CHECK_THAT(child.result.how, Catch::Contains("signal 9"));
}

}  // namespace nibble::child_process_test
