#include "experiments/report/report.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "core/check.h"
#include "experiments/report/page.h"
#include "experiments/report/study_json.h"
#include "experiments/results/results_file.h"
#include "tests/support/damage.h"
#include "tests/support/sample_record.h"
#include "tests/support/temporary_directory.h"

namespace nibble::report::report_test {

using json = nlohmann::ordered_json;

namespace {

void record_run(const std::filesystem::path& directory, const RunRecord& run) {
  std::filesystem::create_directories(directory);
  write_run((directory / "run.h5").string(), run);
}

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  REQUIRE(from != std::string::npos);
  return text.substr(from + begin.size(), text.find(end, from) - from - begin.size());
}

json data_of(const std::filesystem::path& page) {
  return json::parse(between(read_file(page), "<script type=\"application/json\" id=\"data\">", "</script>"));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// A run of a study with curves of so many points.
RunRecord long_run(int index, long points) {
  RunRecord run = sample_record();
  run.name = "run" + std::to_string(index), run.seed = static_cast<std::uint64_t>(index % 5);
  run.config_text = "[run]\nseed = " + std::to_string(run.seed) +
                    "\n[train]\nlearning_rate = " + std::to_string(0.001 * (1 + index / 5)) + "\n";
  run.quantizers.clear();
  run.steps = {};
  run.epochs = {};
  run.epochs.train_metrics.resize(1), run.epochs.watched_metrics.resize(1);
  for (long i = 0; i < points; ++i) {
    const double noise = std::sin(static_cast<double>(i * 7919 + index * 104729));
    run.steps.step.push_back(10 * i + index);
    run.steps.loss.push_back(2 + noise);
    run.epochs.epoch.push_back(i + 1);
    run.epochs.train_loss.push_back(1 + noise / 3);
    run.epochs.watched_loss.push_back(1 + noise / 7);
    run.epochs.train_metrics[0].push_back(50 + noise);
    run.epochs.watched_metrics[0].push_back(51 + noise);
  }
  return run;
}

}  // namespace

TEST_CASE("a_report_is_one_page_that_loads_nothing") {
  const TemporaryDirectory directory;
  record_run(directory / "run", sample_record());
  const std::string out = directory / "report.html";
  const Report report = write_report(directory / "run", out, {.command = "nibble report run"});
  const std::string page = read_file(out);
  CHECK(report.of_run);
  CHECK(report.over);
  CHECK(report.title == "resnet20_w4a4");
  CHECK(report.bytes == static_cast<long>(page.size()));
  CHECK_THAT(page, Catch::Contains("default-src 'none'") && Catch::Contains("Leon Sorokin"));
  CHECK(count(page, "<link") == 0);
  CHECK(count(page, " src=") == 0);
  CHECK(count(page, "@import") == 0);
  for (const char* place : {"title", "style", "data", "scripts", "licence"})
    CHECK(count(page, "{{" + std::string(place) + "}}") == 0);
  CHECK(count(page, "<script") == count(page, "</script>"));
  const json data = data_of(out);
  CHECK(data["run"]["name"] == "resnet20_w4a4");
  CHECK(data["command"] == "nibble report run");
  CHECK(write_report(directory / "run/run.h5", out, {}).title == "resnet20_w4a4");
}

TEST_CASE("names_in_markup_stay_text") {
  const TemporaryDirectory directory;
  RunRecord run = sample_record();
  run.name = "</script><script>alert(\"1\")</script><!-- '&{{data}}";
  run.class_names[0] = "</title>";
  record_run(directory.path(), run);
  const std::string out = directory / "report.html";
  write_report(directory.path(), out, {});
  const std::string page = read_file(out);
  CHECK(count(page, "<script>alert") == 0);
  CHECK(between(page, "<title>", "</title>") ==
        "&lt;/script&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&lt;!-- '&amp;{{data}}");
  CHECK(data_of(out)["run"]["name"] == run.name);
}

TEST_CASE("a_study_has_its_runs_by_task_and_names_what_is_damaged") {
  const TemporaryDirectory directory;
  RunRecord other = sample_record();
  other.name = "text", other.task = text_outline(), other.figures = {};
  other.set_figures(Arithmetic::floating, {92.25});
  record_run(directory / "b", sample_record());
  record_run(directory / "a/deep", other);
  std::filesystem::create_directories(directory / "c");
  write_file(directory / "c/run.h5", read_file(directory / "b/run.h5").substr(0, 1000));
  const json study = study_json(directory.path());
  CHECK(study["runs"] == 2);
  REQUIRE(study["skipped"].size() == 1);
  CHECK_THAT(study["skipped"][0].get<std::string>(), Catch::Contains("c/run.h5"));
  REQUIRE(study["tables"].size() == 2);
  CHECK(study["tables"][0]["task"]["kind"] == "images");
  CHECK(study["tables"][0]["runs"][0]["figures"] == json({{"float_top1", 91.73}, {"quantized_top1", 91.5}}));
  CHECK(study["tables"][1]["runs"][0]["figures"] == json({{"float_ppl", 92.25}}));
  CHECK(study["tables"][1]["runs"][0]["cells"].size() == study["tables"][1]["columns"].size());

  const std::string out = directory / "report.html";
  const Report report = write_report(directory.path(), out, {});
  CHECK_FALSE(report.of_run);
  CHECK(report.skipped.size() == 1);
}

TEST_CASE("a_study_tells_the_keys_in_which_its_runs_differ") {
  const TemporaryDirectory directory;
  for (int i = 0; i < 6; ++i) record_run(directory / std::to_string(i), long_run(i, 20));
  const json table = study_json(directory.path())["tables"][0];
  CHECK(table["keys"] == json({"run.seed", "train.learning_rate"}));
  CHECK(table["runs"][5]["config"] == json({"0", "0.002"}));
  CHECK(table["runs"][5]["curves"][1]["series"][0]["values"].size() == 20);
}

TEST_CASE("a_report_of_500_runs_with_1000_points_is_below_5_MB") {
  const TemporaryDirectory directory;
  constexpr int kRuns = 500, kDifferent = 50;  // writing waits for the disk, copying does not
  for (int i = 0; i < kDifferent; ++i) record_run(directory / std::to_string(i), long_run(i, 1000));
  for (int i = kDifferent; i < kRuns; ++i)
    std::filesystem::copy(directory / std::to_string(i % kDifferent), directory / std::to_string(i));
  const std::string out = directory / "report.html";
  const Report report = write_report(directory.path(), out, {});
  CHECK(report.bytes < 5'000'000);
  const json study = data_of(out)["study"];
  CHECK(study["runs"] == kRuns);
  CHECK(study["points"] == points_of_study(kRuns));
  const json &table = study["tables"][0], &steps = table["runs"][499]["curves"][0];
  CHECK(table["axes"][steps["x"].get<std::size_t>()].size() == points_of_study(kRuns));
  CHECK(steps["series"][0]["values"].size() == points_of_study(kRuns));
  CHECK(table["axes"].size() == kDifferent + 1);  // steps differ, epochs do not
  CHECK(points_of_study(10) == 1000);
}

TEST_CASE("a_watched_report_is_written_again_until_its_run_is_over") {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory / "checkpoint");
  write_file(directory / "checkpoint/last.h5", "a checkpoint");  // the run is not over
  RunRecord run = sample_record();
  run.name = "before";
  record_run(directory.path(), run);
  const std::string out = directory / "report.html";
  std::vector<std::string> told;
  std::vector<int> refresh;
  watch_report(directory.path(), out, {}, 1, [&](const Report& report) {
    told.push_back(report.title);
    refresh.push_back(data_of(out)["refresh_seconds"].get<int>());
    if (told.size() == 1) {
      run.name = "after";
      record_run(directory.path(), run);
    } else {
      write_file(directory / "DONE", "91.5\n");
    }
  });
  CHECK(told == std::vector<std::string>{"before", "after", "after"});
  CHECK(refresh == std::vector<int>{1, 1, 0});
  CHECK(data_of(out)["run"]["state"] == "finished");
}

TEST_CASE("a_report_refuses_what_is_no_run") {
  const TemporaryDirectory directory;
  const std::string out = directory / "report.html";
  CHECK_THAT(error_of([&] { write_report(directory.path(), out, {}); }), Catch::Contains("found no run.h5"));
  CHECK_THAT(error_of([&] { write_report(directory / "nowhere", out, {}); }),
             Catch::Contains("nowhere: found neither a run nor a directory with runs"));
  write_file(directory / "run.h5", "damaged");
  CHECK_THAT(error_of([&] { write_report(directory.path(), out, {}); }), Catch::Contains("run.h5"));
  CHECK_FALSE(std::filesystem::exists(out));
}

}  // namespace nibble::report::report_test
