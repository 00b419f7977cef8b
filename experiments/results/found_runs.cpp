#include "experiments/results/found_runs.h"

#include <algorithm>
#include <filesystem>

#include "core/check.h"
#include "experiments/results/results_file.h"

namespace nibble {
namespace {

void find_below(const std::string& directory, RunFiles& found) {
  namespace fs = std::filesystem;
  std::error_code reason;
  std::vector<fs::path> entries;
  for (fs::directory_iterator at(directory, reason), end; !reason && at != end; at.increment(reason))
    entries.push_back(at->path());
  if (reason) found.unreadable.push_back(str(directory, ": cannot be listed: ", reason.message()));
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    if (fs::is_directory(fs::symlink_status(entry, reason)))
      find_below(entry.string(), found);
    else if (entry.filename() == "run.h5")
      found.paths.push_back(entry.string());
  }
}

// The first sentence about what cannot be read, behind another one.
std::string first_of(const std::vector<std::string>& sentences) {
  return sentences.empty() ? "" : "; " + sentences.front();
}

}  // namespace

RunFiles find_run_files(const std::string& directory) {
  RunFiles found;
  find_below(directory, found);
  check(!found.paths.empty(), directory,
        ": found no run.h5 in it or below, expected the results of at least one run",
        first_of(found.unreadable));
  return found;
}

FoundRuns read_runs(const std::string& directory, const RunFiles& files,
                    const std::function<void(SummarizedRun& run)>& lighten) {
  FoundRuns found;
  found.skipped = files.unreadable;
  for (const std::string& path : files.paths) {
    try {
      const std::filesystem::path place = std::filesystem::path(path).parent_path();
      SummarizedRun run = summarized_run(read_run(path), place.lexically_relative(directory).string());
      if (lighten) lighten(run);
      found.by_kind[run.record.task.kind].push_back(std::move(run));
      ++found.count;
    } catch (const Error& error) {
      found.skipped.push_back(error.what());
    }
  }
  check(found.count > 0, directory, ": none of ", files.paths.size(), " run.h5 can be read",
        first_of(found.skipped));
  for (auto& [kind, runs] : found.by_kind) {
    // Runs of one name stay in the order of their paths.
    std::stable_sort(runs.begin(), runs.end(), [](const SummarizedRun& a, const SummarizedRun& b) {
      return a.record.name < b.record.name;
    });
  }
  return found;
}

}  // namespace nibble
