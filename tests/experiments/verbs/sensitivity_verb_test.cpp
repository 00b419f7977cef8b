// `nibble sensitivity` with the built program.

#include <catch2/catch.hpp>

#include "experiments/results/csv.h"
#include "tests/support/program.h"
#include "tests/support/well_formed.h"

namespace nibble::sensitivity_verb_test {

TEST_CASE("a_float_run_is_measured_drawn_and_given_bits_that_a_config_takes") {
  const TinyStudy study;
  REQUIRE(study("train a.ini --run.name=one").exit_code == 0);
  const ProgramOutcome outcome =
      study("sensitivity runs/one --samples 16 --csv bits.csv --plot bits.svg --budget 4");
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, Catch::StartsWith("runs/one: float top-1 ") &&
                              Catch::Contains(" on 16 images of the test split; quantizers are those of "
                                              "learned_scale_shift, one at a time") &&
                              Catch::Contains("written: bits.csv") && Catch::Contains("written: bits.svg") &&
                              Catch::Contains("all quantizers at once, calibrated only: "));
  CHECK(parse_csv(study.text("bits.csv"), "bits.csv").rows.size() == 24);
  CHECK(xml_fault(study.text("bits.svg")) == "");
  // fc2 alone has bits to choose, so the budget is its own.
  const std::size_t begin = outcome.out.find("[quant]\n");
  REQUIRE(begin != std::string::npos);
  const std::string lines = outcome.out.substr(begin, outcome.out.find("\nall quantizers") + 1 - begin);
  CHECK(lines == "[quant]\noverride = fc2:weight_bits=4,activation_bits=4\n");
  write_file(study.directory / "b.ini", "include = a.ini\n" + lines + "method = lsq\nweight_bits = 2\n");
  CHECK_THAT(study("inspect b.ini").out, Catch::Contains("fc2"));

  CHECK(study("sensitivity runs/one --samples 16 --budget 4").out.find("written") == std::string::npos);
}

TEST_CASE("a_quantized_run_and_a_config_of_weights_are_measured_as_float_networks") {
  const TinyStudy study;
  REQUIRE(study("train a.ini --run.name=one").exit_code == 0);
  REQUIRE(study("train a.ini --run.name=four --quant.method=lsq --model.start_from=runs/one "
                "--train.epochs=0 --quant.calibration_samples=32")
              .exit_code == 0);
  const auto figures = [&](const std::string& what) {
    const ProgramOutcome outcome = study("sensitivity " + what + " --csv bits.csv");
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    return std::pair(outcome.out.substr(0, outcome.out.find('\n')), study.text("bits.csv"));
  };
  const auto [run, of_run] = figures("runs/four");
  CHECK_THAT(run, Catch::StartsWith("runs/four, its weights without quantizers: float top-1 ") &&
                      Catch::Contains("quantizers are those of lsq"));
  const auto [config, of_config] =
      figures("a.ini --model.start_from runs/one --quant.method lsq --quant.calibration_samples 32");
  CHECK_THAT(config, Catch::StartsWith("a.ini"));
  CHECK(of_run ==
        of_config);  // the quantized run was not trained, so that its weights are those of the first
}

TEST_CASE("a_language_model_is_measured_by_its_perplexity") {
  const TinyStudy study;
  write_file(study.directory / "text.ini",
             "[dataset]\nkind = procedural_text\ntrain_samples = 3000\ntest_samples = 500\n[model]\nkind = "
             "lstm\nwidth = 16\n[train]\nepochs = 1\nbatch = 10\nunroll = 10\n");
  REQUIRE(study("train text.ini").exit_code == 0);
  const ProgramOutcome outcome = study("sensitivity runs/text --csv bits.csv --budget 3");
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, Catch::Contains("float perplexity ") &&
                              Catch::Contains("on 256 tokens of the valid split") &&
                              Catch::Contains("override = lstm1:weight_bits="));
  CHECK_THAT(study.text("bits.csv"),
             Catch::StartsWith("layer,what,bits,values,snr_db,ppl\nembedding,weight,2,"));

  // The cells of the quantized run have 16 bits, those of its float network do not.
  REQUIRE(study("train text.ini --run.name=four --model.start_from=runs/text --train.epochs=0 "
                "--quant.method=lsq")
              .exit_code == 0);
  REQUIRE(study("sensitivity runs/four --csv four.csv").exit_code == 0);
  REQUIRE(study("sensitivity text.ini --model.start_from runs/text --quant.method lsq --csv same.csv")
              .exit_code == 0);
  CHECK(study.text("four.csv") == study.text("same.csv"));
}

TEST_CASE("what_cannot_be_measured_is_refused_with_a_sentence") {
  const TinyStudy study;
  const auto refused = [&](const std::string& arguments, const std::string& sentence) {
    const ProgramOutcome outcome = study("sensitivity " + arguments);
    INFO(arguments);
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.err, Catch::StartsWith("nibble: " + sentence));
    CHECK(outcome.out.empty());
  };
  refused("", "sensitivity: found no argument, expected nibble sensitivity RUN|CONFIG");
  refused("runs --bugdet 3", "command line: unknown option '--bugdet'; did you mean '--budget'?");
  refused("runs --budget 9", "sensitivity: found --budget 9, expected from 2 to 8 bits");
  refused("runs --budget 1.5", "sensitivity: found --budget 1.5, expected from 2 to 8 bits");
  refused("runs --samples 0", "command line: samples is '0', expected a whole number of at least 1");
  refused("runs --csv nowhere/a.csv",
          "sensitivity: found --csv nowhere/a.csv, expected a folder that exists in front of it");
  refused("a.ini", "sensitivity: found a config without model.start_from");
  REQUIRE(study("train a.ini --run.name=one").exit_code == 0);
  refused("a.ini --model.start_from runs/one --quant.method dorefa",
          "sensitivity: found quant.method = dorefa, whose weights mean nothing without their quantizers");
  CHECK(study("sensitivity nowhere").exit_code == 1);
  CHECK_THAT(study("sensitivity nowhere").err, Catch::Contains("nowhere is not a run"));
}

}  // namespace nibble::sensitivity_verb_test
