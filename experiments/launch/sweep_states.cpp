#include "experiments/launch/sweep_states.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "experiments/process/table.h"
#include "experiments/results/run_directory.h"

namespace nibble {
namespace {

const char* name_of_state(SweepState state) {
  static constexpr const char* names[] = {"not started", "another run", "running",
                                          "interrupted", "failed",      "finished"};
  static_assert(std::size(names) == static_cast<std::size_t>(SweepState::finished) + 1);
  return names[static_cast<std::size_t>(state)];
}

SweepState state_of(RunState state) {
  switch (state) {
    case RunState::absent:
      return SweepState::absent;
    case RunState::failed:
      return SweepState::failed;
    case RunState::interrupted:
      return SweepState::interrupted;
    case RunState::finished:
      return SweepState::finished;
  }
  fail("sweep: found a state of a run that is none");
}

// Keys of axes of any selected run, in alphabetical order.
std::set<std::string> keys_of(const Sweep& sweep, const std::vector<std::size_t>& selected) {
  std::set<std::string> keys;
  for (const std::size_t i : selected)
    for (const auto& [key, value] : sweep.runs[i].values) keys.insert(key);
  return keys;
}

}  // namespace

SweepOutcome look_at(const SweepRun& run) {
  const RunDirectory directory(run.directory);
  if (const auto holder = FileLock::holder(directory.lock())) return {SweepState::running, describe(*holder)};
  const std::string differing = directory.differences(run.config);
  if (!differing.empty()) return {SweepState::other, "of another config: " + differing};
  if (directory.finished()) return {SweepState::finished, "before; " + directory.final_figure()};
  return {state_of(directory.state()), ""};
}

std::string why_failed(const SweepRun& run, const std::string& otherwise) {
  std::ifstream file(RunDirectory(run.directory).failed());
  std::string sentence;
  std::getline(file, sentence);
  return sentence.empty() ? otherwise : sentence;
}

void print_states(const Sweep& sweep, const std::vector<std::size_t>& selected,
                  const std::vector<SweepOutcome>& outcomes, std::ostream& out) {
  Table table{.columns = {{"run"}, {"state"}, {"remark"}}};
  for (std::size_t i = 0; i < selected.size(); ++i)
    table.rows.push_back(
        {sweep.runs[selected[i]].name, name_of_state(outcomes[i].state), outcomes[i].remark});
  print(table, out, 0);  // a remark is a sentence
  out << std::flush;
}

void print_states(const Sweep& sweep, const std::vector<std::size_t>& selected, std::ostream& out) {
  std::vector<SweepOutcome> outcomes;
  for (const std::size_t i : selected) outcomes.push_back(look_at(sweep.runs[i]));
  print_states(sweep, selected, outcomes, out);
}

void print_list(const Sweep& sweep, const std::vector<std::size_t>& selected, std::ostream& out) {
  const auto any = [&](const auto& has) {
    return std::any_of(selected.begin(), selected.end(), [&](std::size_t i) { return has(sweep.runs[i]); });
  };
  const bool stages = any([](const SweepRun& run) { return !run.stage.empty(); });
  const bool parents = any([](const SweepRun& run) { return run.parent.has_value(); });
  const std::set<std::string> keys = keys_of(sweep, selected);
  Table table{.columns = {{"index", true}, {"run"}}};
  if (stages) table.columns.push_back({"stage"});
  if (parents) table.columns.push_back({"parent"});
  for (const std::string& key : keys) table.columns.push_back({key});
  for (const std::size_t i : selected) {
    const SweepRun& run = sweep.runs[i];
    std::vector<std::string> row{std::to_string(i + 1), run.name};
    if (stages) row.push_back(run.stage);
    if (parents) row.push_back(run.parent ? sweep.runs[*run.parent].name : "-");
    for (const std::string& key : keys) {
      const auto value = run.values.find(key);
      row.push_back(value == run.values.end() ? "-" : value->second);
    }
    table.rows.push_back(std::move(row));
  }
  print(table, out, 0);
}

}  // namespace nibble
