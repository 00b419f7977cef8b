#include "experiments/cluster/slurm.h"

#include <algorithm>
#include <sstream>

#include "core/check.h"
#include "core/suggest.h"
#include "experiments/config/option_value.h"
#include "experiments/config/pattern.h"
#include "experiments/launch/child_process.h"

namespace nibble {
namespace {

// What a program says on both of its outputs.
std::string ask(const std::vector<std::string>& words) {
  const CapturedChild child = run_captured(words, Captured::both);
  check(child.result.exit_code != 127, words.front(),
        " could not be started, expected Slurm on this machine");
  check(child.result.exit_code == 0, words.front(), " failed with ", child.result.how, ": ",
        trim(child.output));
  return child.output;
}

// "12_3" or "12_[4-9,11%2]"
std::vector<SlurmTask> tasks_of(const std::string& text) {
  static const Pattern one("^([0-9]+)_([0-9]+)$"), several("^([0-9]+)_\\[([0-9,-]+)(%[0-9]+)?\\]$");
  if (const std::vector<std::string> task = one.search(text); !task.empty())
    return {{std::stol(task[1]), std::stol(task[2])}};
  const std::vector<std::string> found = several.search(text);
  if (found.empty()) return {};
  std::vector<SlurmTask> tasks;
  const long job = std::stol(found[1]);
  for (const std::string& part : split(found[2], ',')) {
    const std::size_t dash = part.find('-');
    const long first = std::stol(part),
               last = dash == std::string::npos ? first : std::stol(part.substr(dash + 1));
    for (long task = first; task <= last; ++task) tasks.emplace_back(job, task);
  }
  return tasks;
}

std::string joined(const std::vector<long>& jobs, const char* separator) {
  std::vector<std::string> words;
  for (const long job : jobs) words.push_back(std::to_string(job));
  return join(words, separator);
}

}  // namespace

bool SlurmState::active() const {
  static const std::vector<std::string> ended{"COMPLETED", "CANCELLED", "FAILED",    "TIMEOUT",
                                              "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "OUT_OF_MEMORY",
                                              "DEADLINE",  "REVOKED"};
  return std::find(ended.begin(), ended.end(), state) == ended.end();
}

long submit_job(const std::string& script, const std::vector<long>& after) {
  std::vector<std::string> words{"sbatch", "--parsable"};
  if (!after.empty()) {
    words.push_back("--dependency=afterok:" + joined(after, ":"));
    words.push_back("--kill-on-invalid-dep=yes");
  }
  words.push_back(script);
  const std::string said = ask(words);
  long job = 0;  // "12" or "12;cluster"
  check(parse_value(trim(said.substr(0, said.find(';'))), job), "sbatch said '", trim(said),
        "', expected the number of a job");
  return job;
}

std::map<SlurmTask, SlurmState> parse_tasks(const std::string& lines) {
  std::map<SlurmTask, SlurmState> tasks;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    std::vector<std::string> fields = split(line, '|');
    if (fields.size() < 2) continue;
    fields.resize(3);
    const std::string state = fields[1].substr(0, fields[1].find(' '));  // "CANCELLED by 0"
    for (const SlurmTask& task : tasks_of(fields[0]))
      tasks[task] = {state, fields[2] == "None" ? "" : fields[2]};
  }
  return tasks;
}

std::map<SlurmTask, SlurmState> queued_tasks() {
  return parse_tasks(ask({"squeue", "--me", "--array", "--noheader", "--states=all", "--format=%i|%T|%r"}));
}

std::map<SlurmTask, SlurmState> accounted_tasks(const std::vector<long>& jobs) {
  if (jobs.empty()) return {};
  const CapturedChild child = run_captured({"sacct", "--noheader", "--parsable2", "--allocations",
                                            "--format=JobID,State", "--jobs=" + joined(jobs, ",")},
                                           Captured::both);
  return child.result.exit_code == 0 ? parse_tasks(child.output) : std::map<SlurmTask, SlurmState>{};
}

void cancel_jobs(const std::vector<long>& jobs) {
  if (jobs.empty()) return;
  std::vector<std::string> words{"scancel"};
  for (const long job : jobs) words.push_back(std::to_string(job));
  ask(words);
}

std::size_t most_tasks() {
  const std::string config = ask({"scontrol", "show", "config"});
  static const Pattern line("MaxArraySize[[:space:]]*=[[:space:]]*([0-9]+)");
  const std::vector<std::string> found = line.search(config);
  check(!found.empty() && std::stoul(found[1]) > 1,
        "scontrol show config names no MaxArraySize, expected a cluster with array jobs");
  return std::stoul(found[1]) - 1;
}

}  // namespace nibble
