#include "experiments/results/results_file.h"

#include <charconv>
#include <cstdint>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/files/file_kind.h"
#include "core/files/guarded_read.h"
#include "core/files/sealed_file.h"
#include "experiments/results/class_curves_file.h"
#include "experiments/results/config_text.h"
#include "experiments/results/quantizer_file.h"
#include "experiments/results/task_file.h"
#include "experiments/results/worst_file.h"

namespace nibble {
namespace {

constexpr int kSchemaVersion = 1;
constexpr const char* kRunKind = "nibble run 1";  // of the seal

// The texts and numbers that stand as attributes of the run's group.
template <typename Record, typename Visit>
void visit_attributes(Record& record, const Visit& visit) {
  visit("name", record.name);
  visit("config_file", record.config);
  visit("config", record.config_text);
  visit("command", record.command);
  visit("git_revision", record.revision);
  visit("created_utc", record.created_utc);
  visit("seed", record.seed);
  visit("hostname", record.machine.hostname);
  visit("cpu", record.machine.cpu);
  visit("threads", record.machine.threads);
  visit("model", record.model);
  visit("activation", record.activation);
  visit("method", record.method);
  visit("weight_bits", record.weight_bits);
  visit("activation_bits", record.activation_bits);
}

// A series that shares the axis of steps or epochs: its name and unit in the file, and where it is in memory.
template <typename Values>
struct Column {
  std::string name;
  std::string units;
  Values* values;
};
using Stored = const std::vector<double>;

template <typename Values, typename Series>
std::vector<Column<Values>> step_columns(Series& steps, const TaskOutline& task) {
  return {{"loss", "nat", &steps.loss},
          {"learning_rate", "1", &steps.learning_rate},
          {"gradient_norm", "nat", &steps.gradient_norm},
          {task.unit + "_per_second", "1/s", &steps.samples_per_second}};
}

// Those of a split: its loss, and the metrics that are not known from the loss.
template <typename Values, typename Series>
void add_columns(std::vector<Column<Values>>& columns, const std::string& split, Values& loss, Series& series,
                 const TaskOutline& task) {
  columns.push_back({split + "_loss", "nat", &loss});
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Metric& metric = task.metrics.at(i);
    if (!metric.of_loss) columns.push_back({split + "_" + metric.name, metric.unit, &series[i]});
  }
}

template <typename Values, typename Series>
std::vector<Column<Values>> epoch_columns(Series& epochs, const TaskOutline& task) {
  std::vector<Column<Values>> columns;
  add_columns(columns, "train", epochs.train_loss, epochs.train_metrics, task);
  add_columns(columns, task.watched, epochs.watched_loss, epochs.watched_metrics, task);
  columns.push_back({"learning_rate", "1", &epochs.learning_rate});
  columns.push_back({"seconds", "s", &epochs.seconds});
  columns.push_back({"changed_codes", "1", &epochs.changed_codes});
  columns.push_back({"frozen_weights", "1", &epochs.frozen_weights});
  return columns;
}

template <typename T>
bool is_number(const std::string& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

void write_config(Hdf5File& file, const std::string& group, const std::string& text) {
  file.make_group(group);
  for (const auto& [key, value] : parse_config(text)) {
    long integer = 0;
    std::uint64_t large = 0;  // a seed may need all 64 bits
    double real = 0;
    if (is_number(value, integer)) {
      file.set_attribute(group, key, integer);
    } else if (is_number(value, large)) {
      file.set_attribute(group, key, large);
    } else if (is_number(value, real)) {
      file.set_attribute(group, key, real);
    } else {
      file.set_attribute(group, key, value);
    }
  }
}

void write_series(Hdf5File& file, const std::string& group, const std::string& axis,
                  const std::vector<long>& ticks, const std::vector<Column<Stored>>& columns) {
  file.make_group(group);
  const std::string scale = group + "/" + axis;
  file.write(scale, ticks, Hdf5Storage::compressed);
  file.set_attribute(scale, "units", "1");
  file.make_dimension_scale(scale, axis);
  for (const Column<Stored>& column : columns) {
    const std::vector<double>& values = *column.values;
    if (values.empty()) continue;
    const std::string dataset = group + "/" + column.name;
    check(values.size() == ticks.size(), file.path(), ": '", dataset, "' has ", values.size(),
          " entries, but '", scale, "' has ", ticks.size());
    file.write(dataset, values, Hdf5Storage::compressed);
    file.set_attribute(dataset, "units", column.units);
    file.attach_dimension_scale(dataset, 0, scale);
  }
}

std::vector<long> read_series(const Hdf5File& file, const std::string& group, const std::string& axis,
                              const std::vector<Column<std::vector<double>>>& columns) {
  std::vector<long> ticks = file.read_vector<long>(group + "/" + axis);
  for (const Column<std::vector<double>>& column : columns) {
    const std::string dataset = group + "/" + column.name;
    if (!file.exists(dataset)) continue;
    *column.values = file.read_vector<double>(dataset);
    check(column.values->size() == ticks.size(), file.path(), ": '", dataset, "' has ", column.values->size(),
          " entries, but its axis has ", ticks.size());
  }
  return ticks;
}

void read_epochs(const Hdf5File& file, const std::string& group, RunRecord& record) {
  EpochSeries& epochs = record.epochs;
  // Room for every metric; those that the file does not hold stay empty.
  epochs.train_metrics.resize(record.task.metrics.size());
  epochs.watched_metrics.resize(record.task.metrics.size());
  epochs.epoch = read_series(file, group, "epoch", epoch_columns<std::vector<double>>(epochs, record.task));
}

void write_confusion(Hdf5File& file, const std::string& group, const RunRecord& record) {
  const std::string counts = group + "/counts", names = group + "/class_names";
  file.write(counts, record.confusion, Hdf5Storage::compressed);
  file.set_attribute(counts, "units", "images");
  file.set_attribute(counts, "axes", "true class, predicted class");
  if (record.class_names.empty()) return;
  const long classes = static_cast<long>(record.class_names.size());
  check(record.confusion.shape() == Shape{classes, classes}, file.path(), ": '", counts, "' has shape ",
        record.confusion.shape(), " for ", classes, " class names");
  file.write(names, record.class_names);
  file.make_dimension_scale(names, "class");
  for (int axis : {0, 1}) file.attach_dimension_scale(counts, axis, names);
}

}  // namespace

void write_record(Hdf5File& file, const std::string& group, const RunRecord& record) {
  const std::string root = group == "/" ? "" : group;
  file.make_group(group);
  file.set_attribute(group, "schema_version", kSchemaVersion);
  visit_attributes(record,
                   [&](const char* name, const auto& value) { file.set_attribute(group, name, value); });
  write_config(file, root + "/config", record.config_text);
  write_task(file, root, record.task);
  write_series(file, root + "/steps", "step", record.steps.step,
               step_columns<Stored>(record.steps, record.task));
  write_series(file, root + "/epochs", "epoch", record.epochs.epoch,
               epoch_columns<Stored>(record.epochs, record.task));
  write_quantizers(file, root + "/quantizers", record.quantizers);
  write_figures(file, root, record);
  if (!record.confusion.empty()) write_confusion(file, root + "/confusion", record);
  write_class_curves(file, root, record);
  write_worst(file, root, record);
  file.make_group(root + "/verification");
  file.set_attribute(root + "/verification", "images", record.verification.samples);
  file.set_attribute(root + "/verification", "mismatches", record.verification.mismatches);
}

RunRecord read_record(const Hdf5File& file, const std::string& group) {
  const std::string root = group == "/" ? "" : group;
  check(file.has_attribute(group, "schema_version"), file.path(),
        ": found an HDF5 file without schema_version, expected ", "the record of a run");
  const int version = file.attribute<int>(group, "schema_version");
  check(version == kSchemaVersion, file.path(), ": found schema version ", version, ", expected ",
        kSchemaVersion);
  RunRecord record;
  visit_attributes(record,
                   [&]<typename T>(const char* name, T& value) { value = file.attribute<T>(group, name); });
  record.task = read_task(file, root);
  record.steps.step = read_series(file, root + "/steps", "step",
                                  step_columns<std::vector<double>>(record.steps, record.task));
  read_epochs(file, root + "/epochs", record);
  record.quantizers = read_quantizers(file, root + "/quantizers");
  read_figures(file, root, record);
  if (file.exists(root + "/confusion/counts"))
    record.confusion = file.read_array<long>(root + "/confusion/counts");
  if (file.exists(root + "/confusion/class_names")) {
    record.class_names = file.read_vector<std::string>(root + "/confusion/class_names");
  }
  read_class_curves(file, root, record);
  read_worst(file, root, record);
  record.verification.samples = file.attribute<long>(root + "/verification", "images");
  record.verification.mismatches = file.attribute<long>(root + "/verification", "mismatches");
  return record;
}

void write_run(const std::string& path, const RunRecord& record) {
  write_atomically(path, [&](const std::string& aside) {
    Hdf5File file = Hdf5File::create(aside, kSealBytes);
    write_record(file, "/", record);
    file.close();
    seal(aside, kRunKind);
  });
}

RunRecord read_run(const std::string& path) {
  const auto read = [&] { return read_record(Hdf5File::open(path), "/"); };
  if (file_kind(path) == FileKind::hdf5) {
    try_in_another_process(path, "the record of a run", [&] { read(); });
  } else {
    check_seal(path, kRunKind);
  }
  return read();
}

}  // namespace nibble
