#include "experiments/report/event_files.h"

#include <cmath>
#include <ctime>
#include <filesystem>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "experiments/report/event_record.h"
#include "experiments/results/found_runs.h"
#include "experiments/results/results_file.h"

namespace nibble::report {
namespace {

namespace fs = std::filesystem;

struct NamedSeries {
  std::string tag;
  const std::vector<double>* values;
};

std::vector<NamedSeries> step_series(const RunRecord& record) {
  const StepSeries& steps = record.steps;
  return {{"step/loss", &steps.loss},
          {"step/learning_rate", &steps.learning_rate},
          {"step/gradient_norm", &steps.gradient_norm},
          {"step/" + record.task.unit + "_per_second", &steps.samples_per_second}};
}

std::vector<NamedSeries> epoch_series(const RunRecord& record) {
  const EpochSeries& epochs = record.epochs;
  const std::string& split = record.task.watched;
  std::vector<NamedSeries> series{
      {"epoch/train_loss", &epochs.train_loss},       {"epoch/" + split + "_loss", &epochs.watched_loss},
      {"epoch/learning_rate", &epochs.learning_rate}, {"epoch/seconds", &epochs.seconds},
      {"epoch/changed_codes", &epochs.changed_codes}, {"epoch/frozen_weights", &epochs.frozen_weights}};
  for (std::size_t i = 0; i < record.task.metrics.size(); ++i) {
    const std::string& metric = record.task.metrics[i].name;
    if (i < epochs.train_metrics.size())
      series.push_back({"epoch/train_" + metric, &epochs.train_metrics[i]});
    if (i < epochs.watched_metrics.size())
      series.push_back({"epoch/" + split + "_" + metric, &epochs.watched_metrics[i]});
  }
  return series;
}

// Seconds since 1970; 0 for a record that does not say when it began.
double begin_of(const RunRecord& record) {
  std::tm time{};
  return strptime(record.created_utc.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr
             ? 0
             : static_cast<double>(timegm(&time));
}

// One event for all series at one place of their axis, without what was not measured there.
void append_event(std::string& file, double wall_time, const std::vector<long>& axis, std::size_t i,
                  const std::vector<NamedSeries>& all) {
  std::vector<EventScalar> scalars;
  for (const NamedSeries& series : all)
    if (series.values->size() == axis.size() && !std::isnan((*series.values)[i]))
      scalars.push_back({series.tag, (*series.values)[i]});
  if (!scalars.empty()) file += tf_record(event_message(wall_time, axis[i], scalars));
}

}  // namespace

std::string event_file(const RunRecord& record) {
  const double begin = begin_of(record);
  std::string file = tf_record(version_message(begin));
  double now = begin;
  const std::vector<NamedSeries> of_epochs = epoch_series(record), of_steps = step_series(record);
  std::vector<double> ends;
  for (std::size_t i = 0; i < record.epochs.epoch.size(); ++i) {
    const double seconds = i < record.epochs.seconds.size() ? record.epochs.seconds[i] : 0;
    now += std::isnan(seconds) ? 0 : seconds;
    ends.push_back(now);
  }
  const std::vector<long>& steps = record.steps.step;
  for (std::size_t i = 0; i < steps.size(); ++i)
    append_event(file, begin + (now - begin) * static_cast<double>(i + 1) / static_cast<double>(steps.size()),
                 steps, i, of_steps);
  for (std::size_t i = 0; i < ends.size(); ++i)
    append_event(file, ends[i], record.epochs.epoch, i, of_epochs);
  return file;
}

EventFiles write_event_files(const std::string& path, const std::string& out) {
  EventFiles written;
  const auto write = [&](const RunRecord& record, const std::string& directory) {
    const fs::path folder = (fs::path(out) / directory).lexically_normal();
    std::error_code reason;
    fs::create_directories(folder, reason);
    check(!reason, folder.string(), ": cannot be made: ", reason.message());
    write_text_atomically((folder / "events.out.tfevents.nibble").string(), event_file(record));
    ++written.runs;
  };
  const fs::path record = fs::is_directory(path) ? fs::path(path) / "run.h5" : fs::path(path);
  if (fs::is_regular_file(record)) {
    write(read_run(record.string()),
          fs::absolute(record).lexically_normal().parent_path().filename().string());
    return written;
  }
  const FoundRuns found = read_runs(path, find_run_files(path), [&](SummarizedRun& run) {
    write(run.record, run.directory);
    run.record.steps = {};
    run.record.quantizers.clear();
  });
  written.skipped = found.skipped;
  return written;
}

}  // namespace nibble::report
