// `nibble detect` with the built program.

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/check.h"
#include "datasets/coco/coco_file.h"
#include "datasets/pictures/decode.h"
#include "experiments/config/config.h"
#include "experiments/detection/match_boxes.h"
#include "experiments/results/csv.h"
#include "experiments/results/results_file.h"
#include "experiments/training/import_darknet.h"
#include "layers/models/models.h"
#include "tests/support/coco_folder.h"
#include "tests/support/program.h"

namespace nibble::detect_verb_test {
namespace {

// A detector with random weights.
struct Detector {
  TemporaryDirectory directory;

  Detector() {
    write_coco_folder(directory.path());
    write_file(directory / "net.cfg", kSmallDetector);
    ModelOptions model;
    model.kind = "darknet";
    model.cfg = (directory / "net.cfg").string();
    Network network = build_model(model, {32, 32, 3}, 2, Rng(3));
    export_darknet(network, (directory / "net.weights").string());
    write_file(directory / "net.ini",
               "[dataset]\nkind = coco\npath = .\ntrain_annotations = train.json\ntrain_pictures = train\n"
               "test_annotations = test.json\ntest_pictures = test\nimage_size = 32\n"
               "[model]\nkind = darknet\ncfg = net.cfg\nstart_from = net.weights\n");
  }
  ProgramOutcome operator()(const std::string& arguments) const { return run_program(directory, arguments); }
  Array<std::uint8_t> picture(const std::string& file) const {
    return decode_picture_file((directory / file).string(), {});
  }
};

bool equal(const Array<std::uint8_t>& a, const Array<std::uint8_t>& b) {
  return a.shape() == b.shape() && std::equal(a.begin(), a.end(), b.begin());
}

}  // namespace

TEST_CASE("detect_draws_boxes_and_lists_them") {
  const Detector detector;
  const ProgramOutcome outcome = detector("detect net.ini test/p4.jpg --out out --threshold 0.01");
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  std::ifstream in(detector.directory / "out/detections.json");
  const auto list = nlohmann::json::parse(in);
  REQUIRE(!list.empty());  // random heads believe in everything a little
  CHECK(list[0].at("file") == "test/p4.jpg");
  CHECK((list[0].at("class") == "block" || list[0].at("class") == "bar"));
  CHECK_THAT(outcome.out, Catch::StartsWith("test/p4.jpg: " + std::to_string(list.size()) + " objects"));
  const Array<std::uint8_t> plain = detector.picture("test/p4.jpg");
  CHECK(detector.picture("out/p4.detected.png").shape() == plain.shape());
  CHECK_FALSE(equal(detector.picture("out/p4.detected.png"), plain));
  REQUIRE(detector("detect net.ini test/p4.jpg --out out --threshold 0.999").exit_code == 0);
  CHECK(equal(detector.picture("out/p4.detected.png"), plain));
}

TEST_CASE("a_calibrated_detector_is_judged_detects_with_integers_and_becomes_exact_c") {
  const Detector detector;
  const ProgramOutcome real = detector("evaluate net.ini");
  INFO(real.err);
  REQUIRE(real.exit_code == 0);
  CHECK_THAT(real.out,
             Catch::Contains("2 test images of coco with 2 objects") && Catch::Contains("float AP "));
  const ProgramOutcome calibrated =
      detector("calibrate net.ini --run.name four --quant.method learned_scale_shift");
  INFO(calibrated.err);
  REQUIRE(calibrated.exit_code == 0);
  const std::string detect = "detect runs/four test/p4.jpg test/p5.jpg --integer --threshold 0.01";
  CHECK(detector(detect + " --out out").exit_code == 0);
  CHECK(detector("summarize runs").out.find("four") != std::string::npos);
  const ProgramOutcome verified = detector("verify runs/four");
  INFO(verified.out << verified.err);
  CHECK(verified.exit_code == 0);
  CHECK_THAT(verified.out, Catch::Contains(" boxes: 0 differences"));
  CHECK(detector("export runs/four --out c --threshold 0.5").exit_code == 0);
  CHECK_THAT(
      read_file(detector.directory / "c/model.h"),
      Catch::Contains("int32_t model_detect(") && Catch::Contains("#define MODEL_THRESHOLD 2147483648u"));
  CHECK_THAT(read_file(detector.directory / "c/model_names.c"), Catch::Contains("\"block\""));
  CHECK(detector("inspect runs/four").exit_code == 0);
}

TEST_CASE("evaluate_writes_what_was_found_and_tells_classes_apart") {
  const Detector detector;
  REQUIRE(detector("calibrate net.ini --run.name four --quant.method learned_scale_shift").exit_code == 0);
  const ProgramOutcome outcome =
      detector("evaluate runs/four --per-class --classes c.csv --detections d.json");
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK_THAT(outcome.out, Catch::Contains("voc07_ap") && Catch::Contains("written: d_integer.json"));
  const std::vector<CocoResult> found = read_coco_results((detector.directory / "d.json").string()),
                                integer = read_coco_results((detector.directory / "d_integer.json").string());
  CHECK(!found.empty());
  CHECK(!integer.empty());
  const Table classes = parse_csv(read_file(detector.directory / "c_integer.csv"), "c_integer.csv");
  REQUIRE(classes.rows.size() == 3);
  CHECK(classes.rows[0][1] == "block");
  CHECK(classes.rows[2][1] == "mean");
  // What detect shows with integers is what evaluate wrote.
  REQUIRE(detector("detect runs/four test/p4.jpg --integer --threshold 0.001 --out out").exit_code == 0);
  std::ifstream in(detector.directory / "out/detections.json");
  std::map<std::string, std::vector<double>> shown, written;  // scores by class, of which it writes 100
  for (const auto& one : nlohmann::json::parse(in)) {
    std::vector<double>& scores = shown[one.at("class")];
    if (scores.size() < kMostFound) scores.push_back(one.at("score"));
  }
  for (const CocoResult& result : integer)
    if (result.image == 14) written[result.category == 2 ? "block" : "bar"].push_back(result.score);
  CHECK(!written.empty());
  CHECK(shown == written);

  const RunRecord record = read_run((detector.directory / "runs/four/run.h5").string());
  for (const Arithmetic arithmetic : kArithmetics) {
    const ClassCurves& curves = record.curves[static_cast<std::size_t>(arithmetic)];
    REQUIRE(curves.names == std::vector<std::string>{"block", "bar"});
    CHECK((curves.average_precision[0] + curves.average_precision[1]) / 2 ==
          Approx(record.figure(arithmetic)));
  }
}

TEST_CASE("sensitivity_takes_a_network_of_several_outputs") {
  const Detector detector;
  const ProgramOutcome outcome = detector("sensitivity net.ini --samples 2 --csv bits.csv");
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Table rows = parse_csv(read_file(detector.directory / "bits.csv"), "bits.csv");
  CHECK(rows.columns.back().name == "ap");
  REQUIRE(rows.rows.size() > 8);
  for (const std::vector<std::string>& row : rows.rows) CHECK(std::stod(row[4]) > -20);
}

TEST_CASE("the_contact_sheet_of_photographs_with_boxes_shows_the_boxes") {
  const Detector detector;
  const ProgramOutcome outcome = detector("data show net.ini --to sheet.png --train.augment false");
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Array<std::uint8_t> sheet = detector.picture("sheet.png");
  long marked = 0;  // pixels of the first class's colour
  for (long i = 0; i + 2 < sheet.size(); i += 3)
    marked += sheet[i] == 230 && sheet[i + 1] == 159 && sheet[i + 2] == 0;
  CHECK(marked > 50);
}

TEST_CASE("what_cannot_be_detected_is_refused_before_anything_is_written") {
  const Detector detector;
  const auto refused = [&](const std::string& arguments) {
    const ProgramOutcome outcome = detector(arguments);
    CHECK(outcome.exit_code != 0);
    return outcome.err;
  };
  CHECK_THAT(refused("detect net.ini"), Catch::Contains("found 1 arguments, expected RUN and pictures"));
  CHECK_THAT(refused("detect net.ini test/p4.jpg test/p4.jpg --out out"),
             Catch::Contains("found two pictures to be drawn to"));
  CHECK_THAT(refused("detect net.ini test/p4.jpg no.jpg --out out"), Catch::Contains("no.jpg"));
  CHECK_THAT(refused("detect net.ini test/p4.jpg --integer --out out"), Catch::Contains("float run"));
  CHECK_FALSE(std::filesystem::exists(detector.directory / "out"));
  CHECK_THAT(refused("evaluate net.ini --answers a.csv"),
             Catch::Contains("found --answers, expected --detections for a detector"));
  CHECK_FALSE(std::filesystem::exists(detector.directory / "runs/run/config.ini"));
}

TEST_CASE("a_cfg_that_has_changed_is_noticed") {
  const Detector detector;
  const std::string cfg = (detector.directory / "net.cfg").string();
  const std::vector<Setting> moved{{"model.cfg", cfg, "test"}};
  const ExperimentConfig before = read_config((detector.directory / "net.ini").string(), moved);
  CHECK(before.model.cfg_hash.size() == 16);
  const std::string resolved = (detector.directory / "resolved.ini").string();
  write_file(resolved, print_config(before));
  CHECK(read_config(resolved).model.cfg_hash == before.model.cfg_hash);
  write_file(cfg, std::string(kSmallDetector) + "# another\n");
  CHECK_THROWS_WITH(read_config(resolved), Catch::Contains("the file has changed since"));
  std::filesystem::remove(cfg);
  CHECK_THROWS_WITH(read_config(resolved), Catch::Contains("expected the cfg of model.cfg"));
}

}  // namespace nibble::detect_verb_test
