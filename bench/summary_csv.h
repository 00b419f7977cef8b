#pragma once

#include <string>
#include <vector>

namespace nibble::bench {

/// One row of results/performance/summary.csv: medians of one net beside one variant of the peer. What was
/// not measured is NaN, and empty in the file.
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

/// With a header line. Images a second and MiB with one decimal, ratios with two.
std::string summary_csv(const std::vector<SummaryRow>& rows);

/// The rows of a file's text; `path` is what messages call it. Throws Error naming the line.
std::vector<SummaryRow> parse_summary(const std::string& text, const std::string& path);

/// Old rows in their places, with fresh ones of the same net, batch, threads, mode and peer instead of them;
/// then what is new. A row without a peer gives way where fresh ones bring peers.
std::vector<SummaryRow> merge_summaries(const std::vector<SummaryRow>& old,
                                        const std::vector<SummaryRow>& fresh);

}  // namespace nibble::bench
