#include <fmt/format.h>
#include <cmath>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/parts/parts.h"
#include "core/files/atomic_file.h"
#include "experiments/launch/child_process.h"
#include "experiments/process/machine.h"
#include "experiments/process/signals.h"

namespace nibble::bench {

namespace {

namespace fs = std::filesystem;

// Exit code 0 if both packages are installed. Importing them would take seconds.
constexpr const char* kLookForTorch =
    "import importlib.util, sys; "
    "sys.exit(any(importlib.util.find_spec(p) is None for p in ('torch', 'torchvision')))";

// The peer's script; or, after printing the reason, nothing if there is no peer.
std::string find_peer(const std::string& script) {
  std::string lacking;
  if (!fs::exists(script)) {
    lacking = script + " is not here";
  } else if (run_captured({"/usr/bin/python3", "-c", kLookForTorch}).result.exit_code != 0) {
    lacking = "Debian's python3-torch and python3-torchvision are not installed";
  }
  if (lacking.empty()) return script;
  std::cout << "no peer: " << lacking << "; its columns stay empty\n";
  return "";
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  check(file.is_open(), path.string(), ": cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

void print_rows(const std::vector<SummaryRow>& rows) {
  const auto figure = [](double value, int decimals, const char* unit) {
    return std::isnan(value) ? std::string("-") : fmt::format("{:.{}f}{}", value, decimals, unit);
  };
  for (const SummaryRow& row : rows) {
    std::cout << fmt::format("  {:<17}{:<7}{:>12}  {:<14}{:>12}{:>8}{:>12}{:>12}\n", row.net, row.mode,
                             figure(row.nibble_per_s, 1, "/s"), row.peer.empty() ? "no peer" : row.peer,
                             figure(row.peer_per_s, 1, "/s"), figure(row.ratio(), 2, " x"),
                             figure(row.nibble_peak_mib, 0, " MiB"), figure(row.peer_peak_mib, 0, " MiB"));
  }
  std::cout << std::flush;
}

void print_attempt(const Attempt& attempt) {
  std::cout << fmt::format("  round {}  {:<14}", attempt.round, attempt.contestant);
  if (attempt.failure.empty()) {
    std::cout << attempt.per_s << "/s\n";
  } else {
    std::cout << "fails: " << attempt.failure << "\n";
  }
  std::cout << std::flush;
}

// The output line of every attempt, with the contestant and the round.
std::string contest_json(const BenchNet& net, const ContestOptions& options,
                         const std::vector<Attempt>& attempts) {
  nlohmann::ordered_json json{{"net", net.name},           {"batch", net.batch},
                              {"cpu", this_machine().cpu}, {"threads", options.threads},
                              {"revision", revision()},    {"utc", utc_now()}};
  for (const Attempt& a : attempts) {
    nlohmann::ordered_json entry{{"round", a.round}, {"contestant", a.contestant}};
    if (a.failure.empty()) {
      entry["said"] = nlohmann::ordered_json::parse(a.line);
    } else {
      entry["failure"] = a.failure;
    }
    json["attempts"].push_back(std::move(entry));
  }
  return json.dump(1) + "\n";
}

// Called after each net, so that an interruption loses at most one net.
void record(const std::vector<SummaryRow>& rows, const fs::path& csv) {
  const std::vector<SummaryRow> old =
      fs::exists(csv) ? parse_summary(text_of(csv), csv.string()) : std::vector<SummaryRow>{};
  write_text_atomically(csv.string(), summary_csv(merge_summaries(old, rows)));
}

}  // namespace

void measure_steps(const BenchOptions& options) {
  ContestOptions contest = options.contest;
  contest.peer = find_peer(options.peer);
  for (const BenchNet& net : options.nets) {
    std::cout << net.name << ", batch " << net.batch << ", " << contest.threads << " threads\n";
    const std::vector<Attempt> attempts = hold_contest(net, contest, print_attempt);
    if (stop_requested()) return;
    const std::vector<SummaryRow> rows = summarize(net, contest, attempts, revision());
    print_rows(rows);
    record(rows, options.out / "summary.csv");
    write_text_atomically((options.out / ("steps_" + net.name + ".json")).string(),
                          contest_json(net, contest, attempts));
  }
}

}  // namespace nibble::bench
