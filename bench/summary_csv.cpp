#include "bench/summary_csv.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <tuple>

#include "core/check.h"
#include "experiments/config/option_value.h"

namespace nibble::bench {

namespace {

constexpr const char* kHeader =
    "net,batch,threads,mode,nibble_per_s,peer,peer_per_s,ratio,nibble_peak_mib,peer_peak_mib,revision";
constexpr std::size_t kColumns = 11;

std::string figure(double value, int decimals) {
  return std::isnan(value) ? "" : fmt::format("{:.{}f}", value, decimals);
}

auto key(const SummaryRow& row) { return std::tie(row.net, row.batch, row.threads, row.mode, row.peer); }

bool same_contest(const SummaryRow& a, const SummaryRow& b) {
  return std::tie(a.net, a.batch, a.threads, a.mode) == std::tie(b.net, b.batch, b.threads, b.mode);
}

}  // namespace

std::string summary_csv(const std::vector<SummaryRow>& rows) {
  std::ostringstream text;
  text << kHeader << "\n";
  for (const SummaryRow& row : rows) {
    text << row.net << "," << row.batch << "," << row.threads << "," << row.mode << ","
         << figure(row.nibble_per_s, 1) << "," << row.peer << "," << figure(row.peer_per_s, 1) << ","
         << figure(row.ratio(), 2) << "," << figure(row.nibble_peak_mib, 1) << ","
         << figure(row.peer_peak_mib, 1) << "," << row.revision << "\n";
  }
  return text.str();
}

std::vector<SummaryRow> parse_summary(const std::string& text, const std::string& path) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  check(line == kHeader, path, ":1: found '", line, "', expected ", kHeader);
  std::vector<SummaryRow> rows;
  for (int number = 2; std::getline(lines, line); ++number) {
    const std::vector<std::string> fields = split(line, ',');
    check(fields.size() == kColumns, path, ":", number, ": found ", fields.size(), " columns, expected ",
          kColumns);
    const auto to = [&](std::size_t column, auto& value) {
      check(parse_value(fields[column], value), path, ":", number, ": found '", fields[column],
            "', expected a number");
    };
    const auto measured = [&](std::size_t column) {
      double value = std::numeric_limits<double>::quiet_NaN();
      if (!fields[column].empty()) to(column, value);
      return value;
    };
    SummaryRow row;
    row.net = fields[0];
    to(1, row.batch), to(2, row.threads);
    row.mode = fields[3];
    row.nibble_per_s = measured(4);
    row.peer = fields[5];
    row.peer_per_s = measured(6);
    row.nibble_peak_mib = measured(8);
    row.peer_peak_mib = measured(9);
    row.revision = fields[10];
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<SummaryRow> merge_summaries(const std::vector<SummaryRow>& old,
                                        const std::vector<SummaryRow>& fresh) {
  std::vector<SummaryRow> merged = old;
  std::erase_if(merged, [&](const SummaryRow& row) {
    return row.peer.empty() && std::any_of(fresh.begin(), fresh.end(), [&](const SummaryRow& other) {
             return !other.peer.empty() && same_contest(row, other);
           });
  });
  for (const SummaryRow& row : fresh) {
    const auto place =
        std::find_if(merged.begin(), merged.end(), [&](const SummaryRow& r) { return key(r) == key(row); });
    if (place != merged.end()) {
      *place = row;
    } else {
      merged.push_back(row);
    }
  }
  return merged;
}

}  // namespace nibble::bench
