// The built programs from outside: what they refuse, and that a step of few images goes through.

#include <catch2/catch.hpp>

#include "experiments/launch/child_process.h"
#include "experiments/profile/profile_json.h"
#include "tests/support/temporary_directory.h"

namespace nibble::programs_test {
namespace {

// Output and errors together, and the exit code.
CapturedChild run(const std::string& command) {
  return run_captured({"/bin/sh", "-c", "exec " + command + " 2>&1"});
}

}  // namespace

TEST_CASE("bench_programs_refuse_with_one_sentence_and_exit_code_2") {
  const std::string bench = NIBBLE_BENCH_PROGRAM, step = NIBBLE_TRAIN_STEP;
  struct Case {
    std::string command, sentence;
  };
  for (const Case& c : {
           Case{bench + " --nets resnet20,resnet21",
                "nibble bench: unknown net 'resnet21', expected one of "
                "resnet20, resnet18, mobilenet_v2, efficientnet_b0, lstm, yolov4-tiny, yolov4; did you mean "
                "'resnet20'?\n"},
           Case{bench + " --parts step",
                "nibble bench: unknown part 'step', expected some of machine, steps, inference, profiles, "
                "kernels, picture; did you mean 'steps'?\n"},
           Case{bench + " --quik",
                "nibble bench: command line: unknown option '--quik'; did you mean '--quick'?\n"},
           Case{bench + " all", "nibble bench: found 'all', expected options only\n"},
           Case{step + " --mode w3a3",
                "train_step: command line: mode is 'w3a3', expected one of float, w4a4\n"},
       }) {
    INFO(c.command);
    const CapturedChild child = run(c.command);
    CHECK(child.result.exit_code == 2);
    CHECK(child.output == c.sentence);
  }
}

TEST_CASE("bench_programs_explain_their_options") {
  for (const std::string program : {NIBBLE_BENCH_PROGRAM, NIBBLE_TRAIN_STEP}) {
    const CapturedChild help = run(program + " --help");
    CHECK(help.result.exit_code == 0);
    CHECK_THAT(help.output, Catch::StartsWith("Options of ") && Catch::Contains("  --steps = "));
  }
  CHECK_THAT(run(str(NIBBLE_BENCH_PROGRAM, " --help")).output,
             Catch::Contains("--peer = ") && Catch::Contains("/bench/peers/torch_train_step.py"));
}

TEST_CASE("bench_picture_needs_what_it_is_drawn_from") {
  const TemporaryDirectory directory;
  const CapturedChild child =
      run(str(NIBBLE_BENCH_PROGRAM, " --parts picture --out ", directory.path().string()));
  CHECK(child.result.exit_code == 1);
  CHECK_THAT(child.output, Catch::Contains("machine.json: cannot be read"));
}

TEST_CASE("train_step_prints_a_line_of_json_and_writes_a_profile") {
  const TemporaryDirectory directory;
  const std::string profile = (directory / "p.json").string();
  const CapturedChild child =
      run(str(NIBBLE_TRAIN_STEP, " --mode w4a4 --batch 2 --steps 1 --profile ", profile));
  CHECK(child.result.exit_code == 0);
  CHECK_THAT(child.output,
             Catch::StartsWith("{\"engine\":\"nibble\",\"model\":\"resnet20\",\"quant\":\"w4a4\","
                               "\"batch\":2,"));
  const StepProfile read = read_profile(profile);
  CHECK(read.batch == 2);
  CHECK(read.rows.size() > 20);
}

}  // namespace nibble::programs_test
