#include "experiments/sensitivity/sensitivity_table.h"

#include "core/check.h"
#include "experiments/process/terminal.h"

namespace nibble {

Table sensitivity_table(const Sensitivity& sensitivity) {
  Table table{{{"quantized"}, {"values", true}}};  // the first column stands in front of each block
  for (const int bits : kProbedBits) table.columns.push_back({str("dB at ", bits), true});
  for (const int bits : kProbedBits)
    table.columns.push_back({str(sensitivity.metric.title, " at ", bits), true});
  for (const ProbedPart& probed : sensitivity.parts) {
    std::vector<std::string> row{probed.layer + " " + name(probed.part.kind), str(probed.part.values)};
    for (const Deviation& deviation : probed.at) row.push_back(format_fixed(deviation.snr_db(), 1));
    for (const Deviation& deviation : probed.at) row.push_back(format_fixed(deviation.metric, 1));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table sensitivity_rows(const Sensitivity& sensitivity) {
  Table table{{{"layer"}, {"what"}, {"bits"}, {"values"}, {"snr_db"}, {sensitivity.metric.name}}};
  for (const ProbedPart& probed : sensitivity.parts) {
    for (std::size_t b = 0; b < kProbedBits.size(); ++b)
      table.rows.push_back({probed.layer, name(probed.part.kind), str(kProbedBits[b]),
                            str(probed.part.values), format_fixed(probed.at[b].snr_db(), 4),
                            format_fixed(probed.at[b].metric, 4)});
  }
  return table;
}

}  // namespace nibble
