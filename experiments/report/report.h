#pragma once

#include <functional>
#include <string>
#include <vector>

namespace nibble::report {

struct ReportOptions {
  std::string command;      // the command line, for whoever wants the report again
  int refresh_seconds = 0;  // the page loads itself anew after so long; 0: never
};

/// What became of a report.
struct Report {
  std::string title;
  bool of_run = false;               // else of a study
  bool over = false;                 // of a run that has ended; a study may always have another run
  long bytes = 0;                    // of the file
  std::vector<std::string> skipped;  // of a study: a sentence for each run.h5 that could not be read
};

/// Writes a report, atomically. `path` is the directory of a run or its run.h5, or a directory with runs
/// below it. Throws Error where nothing can be read.
Report write_report(const std::string& path, const std::string& out, const ReportOptions& options);

/// Writes the report, and again when a run.h5 has changed or a run has ended, at most every `seconds`.
/// Returns when the run is over, or when a signal asks to stop, as it must for a study. `tell` hears of every
/// report.
void watch_report(const std::string& path, const std::string& out, ReportOptions options, int seconds,
                  const std::function<void(const Report& report)>& tell);

}  // namespace nibble::report
