#include "experiments/report/run_json.h"

#include <catch2/catch.hpp>

#include "datasets/pictures/png_picture.h"
#include "experiments/config/config.h"
#include "experiments/report/curves_json.h"
#include "experiments/report/json_numbers.h"
#include "experiments/report/quantizers_json.h"
#include "tests/support/sample_record.h"

namespace nibble::report::run_json_test {

using json = nlohmann::ordered_json;

namespace {

// A series of a group; fails where it is not there.
json series_of(const json& groups, const std::string& axis, const std::string& name) {
  for (const json& group : groups)
    for (const json& series : group["series"])
      if (group["axis"] == axis && series["name"] == name) return series;
  FAIL("no series " << axis << "/" << name);
  return {};
}

void check_near(const json& numbers, const std::vector<double>& expected) {
  REQUIRE(numbers.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("value " << i);
    if (std::isnan(expected[i]))
      CHECK(numbers[i].is_null());
    else
      CHECK(numbers[i].get<double>() == Approx(expected[i]).epsilon(1e-5));
  }
}

}  // namespace

TEST_CASE("curves_of_a_report_are_those_of_the_record") {
  const RunRecord record = sample_record();
  const json groups = curves_json(record, {.points = 3000});
  check_near(series_of(groups, "step", "loss")["values"], record.steps.loss);
  check_near(series_of(groups, "step", "images_per_second")["values"], record.steps.samples_per_second);
  check_near(series_of(groups, "epoch", "train_loss")["values"], record.epochs.train_loss);
  check_near(series_of(groups, "epoch", "test_top1")["values"], record.epochs.watched_metrics[0]);
  CHECK(groups[0]["of"] == 3000);
  CHECK(groups[0]["x"][2999] == 3000);
  CHECK_FALSE(series_of(groups, "step", "loss").contains("low"));
  CHECK(groups.size() == 2);
}

TEST_CASE("a_thinned_curve_says_so_and_keeps_its_extremes") {
  const RunRecord record = sample_record();
  const json groups = curves_json(record, {.points = 100});
  const json loss = series_of(groups, "step", "loss");
  CHECK(groups[0]["of"] == 3000);
  CHECK(groups[0]["x"].size() == 100);
  CHECK(loss["values"].size() == 100);
  CHECK(loss["high"][0].get<double>() == Approx(2.3));
  CHECK(loss["low"][99].get<double>() == Approx(2.3 / 3000));
}

TEST_CASE("perplexity_is_made_of_the_loss_that_is_kept") {
  RunRecord record = sample_record();
  record.task = text_outline();
  record.epochs.watched_metrics.clear();
  const json groups = curves_json(record, {});
  CHECK(series_of(groups, "epoch", "valid_ppl")["values"][0].get<double>() == Approx(std::exp(0.1)));
  CHECK(series_of(groups, "epoch", "valid_ppl")["values"][1].is_null());
}

TEST_CASE("a_study_has_only_the_curves_by_which_runs_are_compared") {
  const json groups = curves_json(sample_record(), {.of_study = true});
  REQUIRE(groups.size() == 2);
  CHECK(groups[0]["series"].size() == 1);
  CHECK(groups[1]["series"].size() == 4);
}

TEST_CASE("quantizers_of_a_report_are_those_of_the_record") {
  const json quantizers = quantizers_json(sample_record());
  CHECK(quantizers["axis"] == "epoch");
  CHECK(quantizers["x"] == json({1, 3}));  // the second epoch was not evaluated
  CHECK(quantizers["rows"] == json({0, 1}));
  REQUIRE(quantizers["list"].size() == 2);
  const json block = quantizers["list"][0], weight = quantizers["list"][1];
  CHECK(block["path"] == "layer1/0");
  CHECK(block["shift"]["mean"] == json({-0.27, -0.28}));
  CHECK(block["codes"]["by_epoch"] == json({{4, 3, 2, 1}, {1, 2, 3, 4}}));
  CHECK(weight["channels"] == 3);
  CHECK(weight["scale"]["mean"] == json({0.2, 0.21}));
  CHECK(weight["scale"]["low"] == json({0.1, 0.11}));
  CHECK(weight["scale"]["high"] == json({0.3, 0.31}));
  CHECK_FALSE(weight.contains("shift"));
  CHECK(weight["codes"]["lo"] == -8);
  CHECK(weight["codes"]["by_epoch"].empty());
}

TEST_CASE("histograms_of_many_epochs_are_shown_in_equal_steps") {
  RunRecord record;
  QuantizerRecord& quantizer = record.quantizers["a"];
  for (int epoch = 0; epoch < 100; ++epoch) {
    quantizer.scale.push_back({1.0});
    if (epoch >= 50) quantizer.codes_by_epoch.push_back({0, {epoch, 1}});  // an older program began the run
  }
  quantizer.codes = quantizer.codes_by_epoch.back();
  const json quantizers = quantizers_json(record);
  CHECK(quantizers["axis"] == "evaluation");
  const json rows = quantizers["rows"], by_epoch = quantizers["list"][0]["codes"]["by_epoch"];
  REQUIRE(rows.size() == kHistogramRows);
  CHECK(rows.front() == 0);
  CHECK(rows.back() == 99);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 50)
      CHECK(by_epoch[i].is_null());
    else
      CHECK(by_epoch[i] == json({rows[i].get<long>(), 1}));
  }
}

TEST_CASE("a_report_of_a_run_has_figures_matrix_and_provenance") {
  const json run = run_json(sample_record(), "finished");
  CHECK(run["figures"] == json({{"float", {91.73}}, {"quantized", {91.5}}}));
  CHECK(run["confusion"]["counts"] == json({{900, 60, 40}, {30, 950, 20}, {10, 5, 985}}));
  CHECK(run["confusion"]["classes"] == json({"airplane", "automobile", "bird"}));
  CHECK(run["task"]["metrics"][0] ==
        json({{"name", "top1"}, {"title", "top-1"}, {"unit", "%"}, {"better", "up"}}));
  const json& facts = run["provenance"];
  CHECK(std::find(facts.begin(), facts.end(), json({"seed", "18446744073709551615"})) != facts.end());
  CHECK(std::find(facts.begin(), facts.end(), json({"threads", "2"})) != facts.end());
}

TEST_CASE("a_report_tells_which_keys_are_not_at_their_default") {
  RunRecord record = sample_record();
  record.config_text = "[train]\nepochs = 7\n";
  for (const json& entry : run_json(record, "")["config"]) {
    if (entry["key"] == "train.epochs") {
      CHECK(entry["value"] == "7");
      CHECK(entry["default"] == std::to_string(TrainConfig{}.epochs));
    } else {
      INFO(entry.dump());
      CHECK(entry["value"] == entry["default"]);
    }
  }
}

TEST_CASE("a_table_of_layers_comes_from_the_config_or_says_why_not") {
  RunRecord record = sample_record();
  record.config_text = "[dataset]\nkind = procedural\nimage_size = 12\n[model]\nkind = mlp\nwidth = 8\n";
  const json layers = run_json(record, "")["layers"];
  REQUIRE(layers.contains("rows"));
  long parameters = 0;
  for (const json& row : layers["rows"]) parameters += row["parameters"].get<long>();
  CHECK(parameters > 12 * 12 * 3 * 8);
  record.config_text = "[model]\nkind = darknet\ncfg = nowhere.cfg\n";
  CHECK_THAT(run_json(record, "")["layers"]["why"].get<std::string>(), Catch::Contains("nowhere.cfg"));
}

TEST_CASE("many_classes_have_a_list_of_mistakes_in_place_of_a_matrix") {
  RunRecord record = sample_record();
  const long classes = kMatrixClasses + 1;
  record.confusion = Array<long>({classes, classes});
  for (long c = 0; c < classes; ++c) record.confusion[c * classes + c] = 10;
  record.confusion[3 * classes + 7] = 5;
  record.confusion[8 * classes + 2] = 6;
  const json confusion = run_json(record, "")["confusion"];
  CHECK_FALSE(confusion.contains("counts"));
  CHECK(confusion["pairs"] == json({{8, 2, 6}, {3, 7, 5}}));
  CHECK(confusion["total"][3] == 15);
  CHECK(confusion["right"][3] == 10);
}

TEST_CASE("worst_answers_of_a_report_have_names_and_pictures") {
  const RunRecord record = sample_record();
  const json run = run_json(record, "finished");
  REQUIRE(run["worst"].size() == 2);
  CHECK(run["worst"][0]["name"] == "sample 17");
  CHECK(run["worst"][0]["label"] == "airplane");
  CHECK(run["worst"][0]["answer"] == "bird");
  CHECK(run["worst"][0]["loss"] == 9.75);
  const Array<std::uint8_t> second = record.worst_pictures.rows(1, 2).reshaped({1, 2, 3});
  CHECK(run["worst"][1]["png"] == base64(encode_png(second)));
  RunRecord perfect = record;
  perfect.worst.clear();
  CHECK_FALSE(run_json(perfect, "finished").contains("worst"));
}

TEST_CASE("worst_pictures_of_a_detector_say_what_was_missed") {
  RunRecord record = sample_record();
  record.worst.clear();
  record.worst_boxes = {{17, "a.jpg", 7, 3, 2}, {4, "b.jpg", 0, 0, 1}};
  const json run = run_json(record, "finished");
  REQUIRE(run["worst"].size() == 2);
  CHECK(run["worst"][0]["name"] == "a.jpg");
  CHECK(run["worst"][0]["objects"] == 7);
  CHECK(run["worst"][0]["missed"] == 3);
  CHECK(run["worst"][0]["wrong"] == 2);
  CHECK(run["worst"][1]["png"] == base64(encode_png(record.worst_pictures.rows(1, 2).reshaped({1, 2, 3}))));
}

}  // namespace nibble::report::run_json_test
