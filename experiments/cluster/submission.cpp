#include "experiments/cluster/submission.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/check.h"
#include "experiments/launch/manifest.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  check(file.good(), path, ": cannot be read, expected a file of nibble sweep --slurm");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::vector<std::string>> read_tasks(const std::string& path,
                                                 const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> tasks;
  for (const std::string& line : lines_of(path)) {
    tasks.emplace_back();
    for (const std::string& word : split(line, ',')) {
      std::size_t number = 0;
      check(parse_value(word, number) && number >= 1 && number <= names.size(), path, ":", tasks.size(),
            ": found '", word, "', expected the number of a run from 1 to ", names.size());
      tasks.back().push_back(names[number - 1]);
    }
  }
  return tasks;
}

Submission read_submission(const std::string& directory) {
  Submission submission{directory, {}};
  if (!fs::exists(directory + "/jobs.txt")) return submission;  // the first sbatch failed
  const std::vector<std::string> names = manifest_names(directory + "/manifest.txt");
  for (const std::string& line : lines_of(directory + "/jobs.txt")) {
    std::istringstream words(line);
    SubmittedJob job;
    check(static_cast<bool>(words >> job.stage >> job.job), directory, "/jobs.txt: found '", line,
          "', expected a stage and the number of a job");
    job.tasks = read_tasks(directory + "/" + job.stage + ".tasks", names);
    submission.jobs.push_back(std::move(job));
  }
  return submission;
}

std::string numbered(const std::string& directory, std::size_t number) {
  return directory + "/" + std::to_string(number);
}

}  // namespace

std::string submissions_directory(const Sweep& sweep, const std::string& sweep_file) {
  return sweep.runs.front().config.run.output + "/slurm/" + fs::path(sweep_file).stem().string();
}

std::vector<Submission> read_submissions(const std::string& directory) {
  std::vector<Submission> submissions;
  for (std::size_t i = 1; fs::is_directory(numbered(directory, i)); ++i)
    submissions.push_back(read_submission(numbered(directory, i)));
  return submissions;
}

Submission next_submission(const std::string& directory) {
  fs::create_directories(directory);
  std::size_t number = 1;
  while (!fs::create_directory(numbered(directory, number))) ++number;
  Submission submission{fs::absolute(numbered(directory, number)).lexically_normal().string(), {}};
  for (const char* folder : {"/logs", "/requeues"}) fs::create_directory(submission.directory + folder);
  return submission;
}

std::string stage_file(const std::string& stage) { return stage.empty() ? "runs" : stage; }

void note_job(const Submission& submission, const SubmittedJob& job) {
  const std::string path = submission.directory + "/jobs.txt";
  std::ofstream file(path, std::ios::app);
  file << job.stage << " " << job.job << "\n";
  file.flush();
  check(file.good(), path, ": cannot be written; job ", job.job, " is in the queue");
}

std::optional<RunPlace> place_of(const std::vector<Submission>& submissions, const std::string& run) {
  for (auto submission = submissions.rbegin(); submission != submissions.rend(); ++submission)
    for (const SubmittedJob& job : submission->jobs)
      for (std::size_t task = 0; task < job.tasks.size(); ++task)
        if (std::find(job.tasks[task].begin(), job.tasks[task].end(), run) != job.tasks[task].end())
          return RunPlace{&*submission, &job, task + 1};
  return std::nullopt;
}

}  // namespace nibble
