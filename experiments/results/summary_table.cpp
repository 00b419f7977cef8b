#include "experiments/results/summary_table.h"

#include "experiments/results/summary_columns.h"

namespace nibble {
namespace {

Table table_of(const std::vector<SummarizedRun>& runs, const std::vector<SummaryColumn>& columns,
               bool all_columns) {
  Table table;
  table.rows.resize(runs.size());
  for (const SummaryColumn& column : columns) {
    if (!column.on_screen && !all_columns) continue;
    table.columns.push_back({column.name, column.number});
    for (std::size_t i = 0; i < runs.size(); ++i) table.rows[i].push_back(column.value(runs[i]));
  }
  return table;
}

}  // namespace

SummaryTable summary_table(const std::vector<SummarizedRun>& runs) {
  const std::vector<SummaryColumn> columns = columns_of(runs);
  return {table_of(runs, columns, false), table_of(runs, columns, true)};
}

}  // namespace nibble
