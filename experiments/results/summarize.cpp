#include "experiments/results/summarize.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/files/atomic_file.h"
#include "core/suggest.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/terminal.h"
#include "experiments/results/csv.h"
#include "experiments/results/found_runs.h"
#include "experiments/results/summary_columns.h"
#include "experiments/results/summary_groups.h"
#include "experiments/results/summary_sort.h"
#include "experiments/results/table_formats.h"

namespace nibble {
namespace {

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

void print_text(const Table& table, std::ostream& out, int columns) {
  if (columns == 0)
    print(table, out, columns);
  else
    print_for_terminal(table, out, columns);
}

// The runs of one kind of task.
struct KindOfRuns {
  std::string kind;
  std::string stem;  // of the files
  std::vector<SummarizedRun> runs;
};

std::vector<KindOfRuns> with_stems(std::map<std::string, std::vector<SummarizedRun>> by_kind,
                                   const std::string& directory) {
  std::vector<KindOfRuns> kinds;
  for (auto& [kind, of_kind] : by_kind) {
    const std::string name = kinds.empty() ? "summary" : "summary_" + kind;
    kinds.push_back({kind, (std::filesystem::path(directory) / name).string(), std::move(of_kind)});
  }
  return kinds;
}

// What is told of one kind: its table, and the files that it leaves.
struct Told {
  SummaryTable table;
  std::vector<std::pair<std::string, std::string>> files;  // path, text
  bool sorted = false;
  std::vector<std::string> columns;
};

Told table_of(const KindOfRuns& kind, const SummaryOptions& options) {
  const std::vector<SummaryColumn> columns = columns_of(kind.runs);
  Told told{summary_table(kind.runs), {}, false, {}};
  told.sorted = sort_rows(told.table, options.sort, columns);
  told.files.emplace_back(kind.stem + ".csv", to_csv(told.table.file));
  if (!options.group.empty()) {
    told.table = grouped_table(kind.runs, options.group);
    told.sorted = sort_rows(told.table, options.sort, columns);
    told.files.emplace_back(kind.stem + "_groups.csv", to_csv(told.table.file));
  }
  for (const TableColumn& column : told.table.file.columns) told.columns.push_back(column.name);
  return told;
}

void print_told(const Told& told, const SummaryOptions& options, std::ostream& out) {
  switch (options.form) {
    case SummaryForm::text:
      print_text(told.table.screen, out, options.columns);
      break;
    case SummaryForm::markdown:
      out << to_markdown(told.table.screen);
      break;
    case SummaryForm::latex:
      out << to_latex(told.table.screen);
      break;
    case SummaryForm::json:
      break;  // all kinds are one object
  }
}

void check_sorted(const std::vector<Told>& all, const std::string& column) {
  const auto sorted = [](const Told& told) { return told.sorted; };
  if (column.empty() || std::any_of(all.begin(), all.end(), sorted)) return;
  std::vector<std::string> names;
  for (const Told& told : all) names.insert(names.end(), told.columns.begin(), told.columns.end());
  const std::string meant = did_you_mean(column, names);
  usage_error("summarize: --sort is '", column, "', which is no column",
              meant.empty() ? "; expected one of " + join(names) : meant);
}

}  // namespace

Summary summarize(const std::string& directory, std::ostream& out, const SummaryOptions& options) {
  FoundRuns found = read_runs(directory, find_run_files(directory));
  Summary summary{.runs = found.count, .files = {}, .skipped = std::move(found.skipped)};
  std::vector<Told> all;
  nlohmann::ordered_json json{{"tables", nlohmann::ordered_json::object()}, {"skipped", summary.skipped}};
  for (const KindOfRuns& kind : with_stems(std::move(found.by_kind), directory)) {
    all.push_back(table_of(kind, options));
    json["tables"][kind.kind] = to_json(all.back().table.file);
  }
  check_sorted(all, options.sort);
  for (const Told& told : all) {
    if (&told != &all.front() && options.form != SummaryForm::json) out << '\n';
    for (const auto& [path, text] : told.files) {
      summary.files.push_back(path);
      write_text_atomically(path, text);
    }
    print_told(told, options, out);
  }
  if (options.form == SummaryForm::json) {
    out << json.dump(2) << '\n';
    return summary;
  }
  const char* const comment = options.form == SummaryForm::latex ? "% " : "";
  for (const std::string& sentence : summary.skipped) out << comment << "skipped: " << sentence << '\n';
  return summary;
}

}  // namespace nibble
