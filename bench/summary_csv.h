#pragma once

#include <string>
#include <vector>

namespace nibble::bench {

/// One row of results/performance/summary.csv: medians of one net and one variant of the peer. A value that
/// was not measured is NaN, and empty in the file.
struct SummaryRow {
  std::string net;
  long batch = 0;
  int threads = 0;
  std::string mode;  // "float" or "w4a4"
  double nibble_per_s = 0;
  std::string peer;  // "float-tuned", "4bit-tuned", ...; empty: there was none
  double peer_per_s = 0;
  double nibble_peak_mib = 0, peer_peak_mib = 0;
  std::string revision;

  double ratio() const { return nibble_per_s / peer_per_s; }
};

/// The text of the file, with a header line. Images a second and MiB have one decimal, ratios have two.
std::string summary_csv(const std::vector<SummaryRow>& rows);

/// The rows of the text of a file. `path` is its name in messages. Throws Error, naming the line.
std::vector<SummaryRow> parse_summary(const std::string& text, const std::string& path);

/// The old rows, each replaced by a fresh row of the same net, batch, threads, mode and peer if there is one;
/// then the other fresh rows. A row without a peer is dropped if fresh rows have peers.
std::vector<SummaryRow> merge_summaries(const std::vector<SummaryRow>& old,
                                        const std::vector<SummaryRow>& fresh);

}  // namespace nibble::bench
