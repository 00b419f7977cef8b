// Everything below results/, written by the programs of its time, stays readable.

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "core/files/hdf5_file.h"
#include "experiments/results/results_file.h"
#include "experiments/results/summarize.h"
#include "tests/support/damage.h"
#include "tests/support/temporary_directory.h"

namespace nibble::recorded_results_test {

namespace fs = std::filesystem;

namespace {

// The folders of results/ that hold runs.
std::vector<fs::path> folders_of_runs() {
  std::vector<fs::path> folders;
  for (const fs::directory_entry& folder : fs::directory_iterator(NIBBLE_SOURCE_DIR "/results")) {
    if (!folder.is_directory()) continue;
    for (const fs::directory_entry& run : fs::directory_iterator(folder)) {
      if (!fs::exists(run.path() / "run.h5")) continue;
      folders.push_back(folder.path());
      break;
    }
  }
  return folders;
}

std::vector<std::string> names_in(const Hdf5File& file, const std::string& group) {
  std::vector<std::string> names = file.children(group);
  std::erase(names, "epoch");
  std::erase(names, "step");
  return names;
}

}  // namespace

TEST_CASE("summaries_of_recorded_runs_are_what_was_recorded") {
  REQUIRE(folders_of_runs().size() >= 2);  // images and texts
  for (const fs::path& folder : folders_of_runs()) {
    INFO(folder);
    const TemporaryDirectory directory;
    for (const fs::directory_entry& run : fs::directory_iterator(folder)) {
      if (!fs::exists(run.path() / "run.h5")) continue;
      fs::create_directories(directory.path() / run.path().filename());
      fs::copy(run.path() / "run.h5", directory.path() / run.path().filename() / "run.h5");
    }
    std::ostringstream out;
    const Summary summary = summarize(directory.path(), out);
    CHECK(summary.skipped.empty());
    REQUIRE(fs::exists(folder / "summary.csv"));
    CHECK(read_file(directory / "summary.csv") == read_file(folder / "summary.csv"));
  }
}

TEST_CASE("series_and_figures_of_recorded_runs_are_all_read") {
  for (const fs::path& folder : folders_of_runs()) {
    for (const fs::directory_entry& run : fs::directory_iterator(folder)) {
      const std::string path = (run.path() / "run.h5").string();
      if (!fs::exists(path)) continue;
      INFO(path);
      const RunRecord record = read_run(path);
      const Hdf5File file = Hdf5File::open(path);
      if (file.exists("/precision")) {
        CHECK(record.task == detection_outline());
      } else {
        const bool text = file.exists("/perplexity");
        const bool many_classes = !text && file.has_attribute("/accuracy", "quantized_top5");
        CHECK(record.task == (text ? text_outline() : image_outline(many_classes ? 1000 : 10)));
      }
      const Metric& metric = record.task.metrics.at(0);
      for (const Arithmetic arithmetic : kArithmetics) {
        const double stored = file.attribute<double>("/" + metric.group, figure_name(arithmetic, metric));
        const double found = record.figure(arithmetic);  // NaN where it was not measured, or diverged
        CHECK((found == stored || (std::isnan(found) && std::isnan(stored))));
      }

      // Written again, it has every series that it had.
      const TemporaryDirectory directory;
      const std::string again = directory / "run.h5";
      write_run(again, record);
      const Hdf5File copy = Hdf5File::open(again);
      for (const char* group : {"/steps", "/epochs"}) CHECK(names_in(copy, group) == names_in(file, group));
      for (const auto& [name, quantizer] : record.quantizers) {
        CHECK(quantizer.scale.size() == quantizer.shift.size());
      }
      CHECK((record.quantizers.empty()) == (record.method == "none"));
    }
  }
}

}  // namespace nibble::recorded_results_test
