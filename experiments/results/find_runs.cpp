#include "experiments/results/find_runs.h"

#include <algorithm>
#include <filesystem>

#include "core/check.h"
#include "experiments/results/results_file.h"

namespace nibble {
namespace {

// Below a directory, in order; what cannot be listed is named and passed over.
std::vector<std::string> paths_below(const std::string& directory, std::vector<std::string>& unreadable) {
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
      for (std::string& path : paths_below(entry.string(), unreadable)) paths.push_back(std::move(path));
    } else if (entry.filename() == "run.h5") {
      paths.push_back(entry.string());
    }
  }
  return paths;
}

}  // namespace

FoundRuns find_runs(const std::string& directory) {
  FoundRuns found;
  const std::vector<std::string> paths = paths_below(directory, found.skipped);
  check(!paths.empty(), directory,
        ": found no run.h5 in it or below, expected the results of at least one run",
        found.skipped.empty() ? "" : "; " + found.skipped.front());
  for (const std::string& path : paths) {
    try {
      const std::filesystem::path place = std::filesystem::path(path).parent_path();
      found.runs.push_back(summarized_run(read_run(path), place.lexically_relative(directory).string()));
    } catch (const Error& error) {
      found.skipped.push_back(error.what());
    }
  }
  check(!found.runs.empty(), directory, ": none of ", paths.size(), " run.h5 can be read; ",
        found.skipped.empty() ? "" : found.skipped.front());
  std::stable_sort(found.runs.begin(), found.runs.end(), [](const SummarizedRun& a, const SummarizedRun& b) {
    return a.record.name < b.record.name;
  });
  return found;
}

}  // namespace nibble
