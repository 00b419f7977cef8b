#include "experiments/launch/select_runs.h"

#include <fnmatch.h>

#include <algorithm>

#include "core/suggest.h"
#include "experiments/launch/value_list.h"
#include "experiments/results/run_directory.h"

namespace nibble {
namespace {

std::vector<bool> all_of(const Sweep& sweep, bool value) {
  return std::vector<bool>(sweep.runs.size(), value);
}

std::vector<bool> by_index(const Sweep& sweep, const std::string& text) {
  if (text.empty()) return all_of(sweep, true);
  std::vector<bool> chosen = all_of(sweep, false);
  for (const std::string& word : list_values(text, "sweep: --index")) {
    std::size_t number = 0;
    if (!parse_value(word, number) || number < 1 || number > chosen.size())
      usage_error("sweep: --index is '", word, "', expected a number from 1 to ", chosen.size());
    chosen[number - 1] = true;
  }
  return chosen;
}

std::vector<bool> by_name(const Sweep& sweep, const std::string& patterns) {
  if (patterns.empty()) return all_of(sweep, true);
  std::vector<bool> chosen = all_of(sweep, false);
  std::vector<std::string> names;
  for (const SweepRun& run : sweep.runs) names.push_back(run.name);
  for (const std::string& pattern : split(patterns, ',')) {
    bool any = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (fnmatch(pattern.c_str(), names[i].c_str(), 0) != 0) continue;
      any = chosen[i] = true;
    }
    if (!any)
      usage_error("sweep: --only is '", pattern, "', which fits none of ", names.size(), " runs",
                  did_you_mean(pattern, names), "; --list shows their names");
  }
  return chosen;
}

}  // namespace

std::vector<std::size_t> select_runs(const Sweep& sweep, const RunSelection& selection) {
  const std::vector<bool> index = by_index(sweep, selection.index), name = by_name(sweep, selection.only);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < sweep.runs.size(); ++i) {
    if (!index[i] || !name[i]) continue;
    if (selection.failed && RunDirectory(sweep.runs[i].directory).state() != RunState::failed) continue;
    chosen.push_back(i);
  }
  return chosen;
}

}  // namespace nibble
