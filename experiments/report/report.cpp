#include "experiments/report/report.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <thread>
#include <utility>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "experiments/process/machine.h"
#include "experiments/process/signals.h"
#include "experiments/report/page.h"
#include "experiments/report/run_json.h"
#include "experiments/report/run_state.h"
#include "experiments/report/study_json.h"
#include "experiments/results/found_runs.h"
#include "experiments/results/results_file.h"

namespace nibble::report {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

// The run.h5 of a run; empty for a directory with runs below it.
std::string record_of(const std::string& path) {
  if (fs::is_regular_file(path)) return path;
  check(fs::is_directory(path), path, ": found neither a run nor a directory with runs");
  const fs::path record = fs::path(path) / "run.h5";
  return fs::exists(record) ? record.string() : "";
}

std::string directory_of(const std::string& record) {
  const fs::path directory = fs::path(record).parent_path();
  return directory.empty() ? "." : directory.string();
}

// "results/cifar10", whatever way it was written.
std::string study_title(const std::string& path) {
  std::string title = fs::path(path).lexically_normal().string();
  while (title.size() > 1 && title.ends_with('/')) title.pop_back();
  return title == "." ? fs::current_path().filename().string() : title;
}

// More is to come: a process works on the run, or one will go on with it.
bool goes_on(const std::string& state) { return state == "running" || state == "interrupted"; }

json head_of(const Report& report, const ReportOptions& options) {
  return {{"kind", report.of_run ? "run" : "study"},
          {"title", report.title},
          {"made", utc_now()},
          {"program", "nibble " + version() + ", commit " + revision()},
          {"command", options.command},
          {"refresh_seconds", report.over ? 0 : options.refresh_seconds}};
}

// When each record was written last, and how far its run is. A file that goes meanwhile is left out.
std::map<std::string, std::pair<fs::file_time_type, std::string>> states_of(const std::string& path) {
  std::map<std::string, std::pair<fs::file_time_type, std::string>> states;
  const std::string record = record_of(path);
  for (const std::string& file :
       record.empty() ? find_run_files(path).paths : std::vector<std::string>{record}) {
    std::error_code gone;
    const auto time = fs::last_write_time(file, gone);
    if (!gone) states[file] = {time, state_of(directory_of(file))};
  }
  return states;
}

}  // namespace

Report write_report(const std::string& path, const std::string& out, const ReportOptions& options) {
  Report report;
  const std::string record_path = record_of(path);
  report.of_run = !record_path.empty();
  json content;
  if (report.of_run) {
    const RunRecord record = read_run(record_path);
    const std::string state = state_of(directory_of(record_path));
    report.title = record.name;
    report.over = !goes_on(state);
    content = run_json(record, state);
  } else {
    content = study_json(path);
    report.title = study_title(path);
    report.skipped = content["skipped"].get<std::vector<std::string>>();
  }
  json data = head_of(report, options);
  data[report.of_run ? "run" : "study"] = std::move(content);
  const std::string page = html_page(report.title, data);
  write_text_atomically(out, page);
  report.bytes = static_cast<long>(page.size());
  return report;
}

void watch_report(const std::string& path, const std::string& out, ReportOptions options, int seconds,
                  const std::function<void(const Report& report)>& tell) {
  const SignalWatch watch;
  const auto write = [&](int refresh_seconds) {
    options.refresh_seconds = refresh_seconds;
    const Report report = write_report(path, out, options);
    tell(report);
    return report.over;
  };
  auto seen = states_of(path);
  bool over = write(seconds);
  while (!over && !stop_requested()) {
    for (int i = 0; i < seconds * 10 && !stop_requested(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    auto now = states_of(path);
    if (now == seen || stop_requested()) continue;
    seen = std::move(now);
    over = write(seconds);
  }
  if (!over) write(0);  // the last one does not wait for others
}

}  // namespace nibble::report
