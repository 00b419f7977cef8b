#include "experiments/cluster/job_script.h"

#include "core/check.h"

namespace nibble {
namespace {

// A value as sbatch reads it from a script.
std::string directive_word(const std::string& value) {
  return value.find_first_of(" \t'\"\\#") == std::string::npos ? value : shell_word(value);
}

// One option of sbatch a line.
std::string directives(const StageJob& job) {
  const ClusterConfig& cluster = job.cluster;
  std::string text;
  const auto add = [&](const std::string& option, const std::string& value) {
    if (!value.empty()) text += "#SBATCH --" + option + "=" + directive_word(value) + "\n";
  };
  add("job-name", job.job_name);
  add("array", str("1-", job.tasks, cluster.parallel > 0 ? str("%", cluster.parallel) : ""));
  add("chdir", job.work_directory);
  add("output", job.directory + "/logs/" + job.file_name + "_%A_%a.out");
  text += "#SBATCH --open-mode=append\n#SBATCH --requeue\n";
  add("signal", str("B:USR1@", cluster.grace_seconds));
  add("partition", cluster.partition);
  add("time", cluster.time);
  if (cluster.cpus > 0) add("cpus-per-task", std::to_string(cluster.cpus));
  add("mem", cluster.memory);
  add("account", cluster.account);
  add("constraint", cluster.constraint);
  for (const std::string& option : cluster.options) text += "#SBATCH " + option + "\n";
  return text;
}

// A trap ends `wait` early, so it is asked until the child is gone.
constexpr const char* kBody = R"(task=${SLURM_ARRAY_TASK_ID:?expected the number of a line of $stage.tasks}
runs=$(sed -n "${task}p" "$directory/$stage.tasks")
asked=
trap 'asked=USR1; kill -USR1 "$child" 2>/dev/null' USR1
trap 'asked=TERM; kill -TERM "$child" 2>/dev/null' TERM
"$nibble" sweep "$directory/manifest.txt" --index "$runs" --requeue ${SLURM_CPUS_PER_TASK:+--run.threads="$SLURM_CPUS_PER_TASK"} &
child=$!
while :; do
  wait "$child"
  code=$?
  kill -0 "$child" 2>/dev/null || break
done

# 75: stopped at a checkpoint. Above 128: killed. SIGTERM comes from who cancels the job or starts it again by himself.
if [ "$code" -ne 75 ] && [ "$code" -le 128 ] || [ "$asked" = TERM ]; then exit "$code"; fi
requeues=$directory/requeues/${stage}_$task
count=$(cat "$requeues" 2>/dev/null | wc -l)
if [ "$count" -ge "$limit" ]; then
  echo "nibble: ended with exit code $code after $count requeues, as many as cluster.requeues allows"
  exit 1
fi
echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) exit code $code" >>"$requeues"
echo "nibble: exit code $code, requeue $((count + 1)) of at most $limit"
[ -z "${SLURM_ARRAY_JOB_ID:-}" ] || scontrol requeue "${SLURM_ARRAY_JOB_ID}_$task"
exit 75
)";

}  // namespace

std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

std::string job_script(const StageJob& job) {
  std::string text = "#!/bin/sh\n" + directives(job) + "# One task: the runs in one line of " +
                     job.file_name + ".tasks. Written by nibble sweep --slurm.\n" +
                     "nibble=" + shell_word(job.program) + "\ndirectory=" + shell_word(job.directory) +
                     "\nstage=" + shell_word(job.file_name) +
                     "\nlimit=" + std::to_string(job.cluster.requeues) + "\n";
  if (!job.cluster.modules.empty()) text += "module load " + job.cluster.modules + "\n";
  for (const std::string& line : job.cluster.lines) text += line + "\n";
  return text + kBody;
}

std::string task_log(const std::string& file_name, long job, std::size_t task) {
  return str("logs/", file_name, "_", job, "_", task, ".out");
}

std::string task_requeues(const std::string& file_name, std::size_t task) {
  return str("requeues/", file_name, "_", task);
}

}  // namespace nibble
