#include "experiments/results/summarize.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "experiments/results/results_file.h"
#include "experiments/results/summary_table.h"

namespace nibble {
namespace {

// Below a directory, in order; what cannot be listed is named and passed over.
std::vector<std::string> find_runs(const std::string& directory, std::vector<std::string>& unreadable) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  std::error_code reason;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(directory, reason), end; !reason && at != end; at.increment(reason))
    entries.push_back(at->path());
  if (reason) unreadable.push_back(str(directory, ": cannot be listed: ", reason.message()));
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    if (fs::is_directory(fs::symlink_status(entry, reason))) {
      for (std::string& path : find_runs(entry.string(), unreadable)) paths.push_back(std::move(path));
    } else if (entry.filename() == "run.h5") {
      paths.push_back(entry.string());
    }
  }
  return paths;
}

}  // namespace

Summary summarize(const std::string& directory, std::ostream& out) {
  Summary summary;
  const std::vector<std::string> paths = find_runs(directory, summary.skipped);
  check(!paths.empty(), directory,
        ": found no run.h5 in it or below, expected the results of at least one run",
        summary.skipped.empty() ? "" : "; " + summary.skipped.front());
  std::map<std::string, std::vector<RunRecord>> runs;  // by kind of task
  for (const std::string& path : paths) {
    try {
      RunRecord run = read_run(path);
      runs[run.task.kind].push_back(std::move(run));
      ++summary.runs;
    } catch (const Error& error) {
      summary.skipped.push_back(error.what());
    }
  }
  check(summary.runs > 0, directory, ": none of ", paths.size(), " run.h5 can be read; ",
        summary.skipped.empty() ? "" : summary.skipped.front());

  for (auto& [kind, of_kind] : runs) {
    // Runs of one name stay in the order of their paths.
    std::stable_sort(of_kind.begin(), of_kind.end(),
                     [](const RunRecord& a, const RunRecord& b) { return a.name < b.name; });
    const SummaryTable table = summary_table(of_kind);
    const bool further = !summary.files.empty();
    if (further) out << '\n';
    print_table(table, out);
    const std::filesystem::path file =
        std::filesystem::path(directory) / (further ? "summary_" + kind + ".csv" : "summary.csv");
    write_text_atomically(file.string(), to_csv(table));
    summary.files.push_back(file.string());
  }
  for (const std::string& sentence : summary.skipped) out << "skipped: " << sentence << '\n';
  return summary;
}

}  // namespace nibble
