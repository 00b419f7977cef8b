#include "experiments/results/summarize.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "experiments/process/terminal.h"
#include "experiments/results/csv.h"
#include "experiments/results/results_file.h"
#include "experiments/results/summary_groups.h"
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

// For a terminal: what all rows have in common stands in one sentence above them, not in columns.
void print_for_terminal(Table table, std::ostream& out, int columns) {
  std::string common;
  for (std::size_t i = table.columns.size(); table.rows.size() > 1 && i-- > 1;) {
    const std::string& text = table.rows.front()[i];
    if (!std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return row[i] == text; }))
      continue;
    if (!text.empty()) common = table.columns[i].name + " " + text + (common.empty() ? "" : ", ") + common;
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(i));
    for (auto& row : table.rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (!common.empty()) out << wrap("all: " + common, columns) << '\n';
  print(table, out, columns);
}

void print_runs(const Table& table, std::ostream& out, int columns) {
  if (columns == 0)
    print(table, out, columns);
  else
    print_for_terminal(table, out, columns);
}

// Prints the runs of one kind of task, and writes the files that begin with `stem`.
void tell(const std::vector<SummarizedRun>& runs, const std::filesystem::path& stem,
          const SummaryOptions& options, std::ostream& out, Summary& summary) {
  const auto write = [&](const std::string& end, const Table& table) {
    summary.files.push_back(stem.string() + end);
    write_text_atomically(summary.files.back(), to_csv(table));
  };
  const SummaryTable table = summary_table(runs);
  write(".csv", table.file);
  if (options.group.empty()) {
    print_runs(table.screen, out, options.columns);
  } else {
    const SummaryTable groups = grouped_table(runs, options.group);
    write("_groups.csv", groups.file);
    print_runs(groups.screen, out, options.columns);
  }
}

}  // namespace

Summary summarize(const std::string& directory, std::ostream& out, const SummaryOptions& options) {
  Summary summary;
  const std::vector<std::string> paths = find_runs(directory, summary.skipped);
  check(!paths.empty(), directory,
        ": found no run.h5 in it or below, expected the results of at least one run",
        summary.skipped.empty() ? "" : "; " + summary.skipped.front());
  std::map<std::string, std::vector<SummarizedRun>> runs;  // by kind of task
  for (const std::string& path : paths) {
    try {
      const std::filesystem::path place = std::filesystem::path(path).parent_path();
      SummarizedRun run = summarized_run(read_run(path), place.lexically_relative(directory).string());
      runs[run.record.task.kind].push_back(std::move(run));
      ++summary.runs;
    } catch (const Error& error) {
      summary.skipped.push_back(error.what());
    }
  }
  check(summary.runs > 0, directory, ": none of ", paths.size(), " run.h5 can be read; ",
        summary.skipped.empty() ? "" : summary.skipped.front());

  for (auto& [kind, of_kind] : runs) {
    // Runs of one name stay in the order of their paths.
    std::stable_sort(of_kind.begin(), of_kind.end(), [](const SummarizedRun& a, const SummarizedRun& b) {
      return a.record.name < b.record.name;
    });
    const bool further = !summary.files.empty();
    if (further) out << '\n';
    tell(of_kind, std::filesystem::path(directory) / (further ? "summary_" + kind : "summary"), options, out,
         summary);
  }
  for (const std::string& sentence : summary.skipped) out << "skipped: " << sentence << '\n';
  return summary;
}

}  // namespace nibble
