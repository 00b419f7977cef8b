#include "experiments/report/report.h"

#include <iostream>

#include "experiments/process/terminal.h"
#include "experiments/report/event_files.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

void tell_report(const report::Report& report, const std::string& out) {
  for (const std::string& sentence : report.skipped) std::cout << "skipped: " << sentence << "\n";
  std::cout << out << ": " << report.title << ", " << format_fixed(static_cast<double>(report.bytes) / 1e6, 2)
            << " MB" << std::endl;
}

}  // namespace

int report_verb(const Words& words) {
  std::string out = "report.html", tensorboard;
  bool watch = false;
  int every = 10;
  Options options;
  options.add("out", out, "The file: one HTML page with everything in it, which works without a network.");
  options.add_switch("watch", watch,
                     "Write the report again whenever a run has recorded more, until the run is over or "
                     "Ctrl-C; the open page loads itself anew.");
  options.add("every", every, "With --watch: seconds between two looks at the runs.", at_least(1));
  options.add("tensorboard", tensorboard,
              "Instead of a page: write event files for TensorBoard below this directory, a folder a run.");
  const CommandLine line = apply_words(options, words, "report");
  const std::string path = only_argument(line, "report");
  if (!tensorboard.empty()) {
    const report::EventFiles written = report::write_event_files(path, tensorboard);
    for (const std::string& sentence : written.skipped) std::cout << "skipped: " << sentence << "\n";
    std::cout << tensorboard << ": event files of " << written.runs << (written.runs == 1 ? " run" : " runs")
              << "\n";
    return kSuccess;
  }
  report::ReportOptions how;
  how.command = "nibble report";
  for (const std::string& word : words) how.command += " " + word;
  if (watch)
    report::watch_report(path, out, how, every,
                         [&](const report::Report& report) { tell_report(report, out); });
  else
    tell_report(report::write_report(path, out, how), out);
  return kSuccess;
}

}  // namespace nibble
