#include "experiments/launch/cluster_keys.h"

namespace nibble {
namespace {

// A line of a job script or of sbatch; a file holds no line breaks within a value.
void add_lines(Options& options, const std::string& key, std::vector<std::string>& field,
               const std::string& expected, const std::string& help) {
  options.add_repeatable<std::string>(
      key, field, expected, [](const std::string& text, std::string& line) { return line = text, true; },
      [](const std::string& line) { return line; }, help);
}

}  // namespace

void describe(Options& options, ClusterConfig& cluster) {
  options.add("cluster.partition", cluster.partition, "Partitions, as sbatch --partition takes them.");
  options.add("cluster.time", cluster.time, "Time limit of a task, as sbatch --time takes it: 2-12:00:00.");
  options.add("cluster.cpus", cluster.cpus,
              "Processors of a task; a run has as many threads. 0: not asked for.", within(0, 1024));
  options.add("cluster.memory", cluster.memory, "Memory of a task, as sbatch --mem takes it: 8G.");
  options.add("cluster.account", cluster.account, "Account that pays.");
  options.add("cluster.constraint", cluster.constraint, "Features that a node must have.");
  options.add("cluster.modules", cluster.modules, "Modules to load, with blanks between.");
  add_lines(options, "cluster.option", cluster.options, "an option of sbatch, such as --qos=long",
            "Repeatable: another option of sbatch.");
  add_lines(options, "cluster.line", cluster.lines, "a line of shell",
            "Repeatable: a line of shell that a task runs first.");
  options.add(
      "cluster.grace_seconds", cluster.grace_seconds,
      "So many seconds before the time limit a run is told to write its checkpoint. Slurm may be a minute "
      "late.",
      at_least(1));
  options.add("cluster.requeues", cluster.requeues,
              "How often a task may be started again after its time limit, a preemption or a killed run.",
              at_least(0));
  options.add("cluster.parallel", cluster.parallel,
              "Tasks that run at the same time, at most; 0: any number.", at_least(0));
}

std::string explain_cluster(int columns) { return explain_keys<ClusterConfig>("cluster", columns); }

}  // namespace nibble
