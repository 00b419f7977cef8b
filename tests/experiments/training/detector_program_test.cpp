// The road of a detector as a user walks it: learned in float, then at 4 bits, judged as integers.

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/support/coco_folder.h"
#include "tests/support/program.h"
#include "tests/support/temporary_directory.h"

namespace nibble::detector_program_test {

TEST_CASE("a_detector_overfits_its_pictures_from_the_command_line_and_its_integers_find_the_same") {
  const TemporaryDirectory directory;
  write_coco_folder(directory.path());
  std::ofstream(directory / "net.cfg") << kSmallDetector;
  // The training pictures are judged.
  std::ofstream(directory / "tiny.ini")
      << "[dataset]\nkind = coco\npath = .\ntrain_annotations = train.json\ntrain_pictures = train\n"
         "test_annotations = train.json\ntest_pictures = train\nimage_size = 32\n"
         "[model]\nkind = darknet\ncfg = net.cfg\n"
         "[train]\nepochs = 800\nbatch = 4\nlearning_rate = 0.01\noptimizer = adamw\naugment = false\n"
         "evaluate_every = 400\n";
  const ProgramOutcome real = run_program(directory, "train tiny.ini --run.name float");
  INFO(real.out << real.err);
  REQUIRE(real.exit_code == 0);
  CHECK_THAT(real.err, Catch::Contains("coco: 4 training and 4 test images with 4 objects; 2 classes"));
  const auto figure = [](const std::string& text, const std::string& what) {
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return std::stod(text.substr(at + what.size()));
  };
  CHECK(figure(real.out, "AP50  float ") > 99);
  CHECK_THAT(read_file(directory / "runs/float/log.txt"), Catch::Contains("test_ap50="));

  // At 4 bits it learns what the float network says.
  const ProgramOutcome four = run_program(
      directory,
      "train tiny.ini --run.name four --model.start_from runs/float --quant.method learned_scale_shift "
      "--train.teacher runs/float --train.learning_rate 0.003 --train.weight_average 0.9 --train.epochs 400");
  INFO(four.out << four.err);
  REQUIRE(four.exit_code == 0);
  // One of the four objects may hang on a code that another processor rounds otherwise.
  const std::string line = four.out.substr(four.out.rfind("AP50"));
  CHECK(figure(line, "integer ") > 70);
}

}  // namespace nibble::detector_program_test
