#include "experiments/results/results_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <map>
#include <sstream>

#include "core/check.h"
#include "core/files/atomic_file.h"

namespace nibble {
namespace {

constexpr int kSchemaVersion = 1;

// A series that shares the axis of steps or epochs: its place in the struct, its name and unit in the file.
template <typename Struct>
struct Column {
  const char* name;
  const char* units;
  std::vector<double> Struct::*values;
};

constexpr Column<StepSeries> kStepColumns[] = {
    {"loss", "nat", &StepSeries::loss},
    {"learning_rate", "1", &StepSeries::learning_rate},
    {"gradient_norm", "nat", &StepSeries::gradient_norm},
    {"images_per_second", "1/s", &StepSeries::images_per_second},
    {"tokens_per_second", "1/s", &StepSeries::tokens_per_second},
};
constexpr Column<EpochSeries> kEpochColumns[] = {
    {"train_loss", "nat", &EpochSeries::train_loss}, {"train_top1", "percent", &EpochSeries::train_top1},
    {"test_loss", "nat", &EpochSeries::test_loss},   {"test_top1", "percent", &EpochSeries::test_top1},
    {"valid_loss", "nat", &EpochSeries::valid_loss}, {"learning_rate", "1", &EpochSeries::learning_rate},
    {"seconds", "s", &EpochSeries::seconds},
};

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

template <typename Record, typename Visit>
void visit_accuracies(Record& record, const Visit& visit) {
  visit("float_top1", record.accuracy.float_top1);
  visit("quantized_top1", record.accuracy.quantized_top1);
  visit("integer_top1", record.accuracy.integer_top1);
}

template <typename Record, typename Visit>
void visit_perplexities(Record& record, const Visit& visit) {
  visit("float_ppl", record.perplexity.float_ppl);
  visit("quantized_ppl", record.perplexity.quantized_ppl);
  visit("integer_ppl", record.perplexity.integer_ppl);
}

bool has_perplexity(const Perplexity& p) {
  return !(std::isnan(p.float_ppl) && std::isnan(p.quantized_ppl) && std::isnan(p.integer_ppl));
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
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

template <typename Struct, typename Columns>
void write_series(Hdf5File& file, const std::string& group, const std::string& axis,
                  const std::vector<long>& ticks, const Struct& series, const Columns& columns) {
  file.make_group(group);
  const std::string scale = group + "/" + axis;
  file.write(scale, ticks, Hdf5Storage::compressed);
  file.set_attribute(scale, "units", "1");
  file.make_dimension_scale(scale, axis);
  for (const auto& column : columns) {
    const std::vector<double>& values = series.*column.values;
    if (values.empty()) continue;
    const std::string dataset = group + "/" + column.name;
    check(values.size() == ticks.size(), file.path(), ": '", dataset, "' has ", values.size(),
          " entries, but '", scale, "' has ", ticks.size());
    file.write(dataset, values, Hdf5Storage::compressed);
    file.set_attribute(dataset, "units", column.units);
    file.attach_dimension_scale(dataset, 0, scale);
  }
}

template <typename Struct, typename Columns>
void read_series(const Hdf5File& file, const std::string& group, const std::string& axis,
                 std::vector<long>& ticks, Struct& series, const Columns& columns) {
  ticks = file.read_vector<long>(group + "/" + axis);
  for (const auto& column : columns) {
    const std::string dataset = group + "/" + column.name;
    if (!file.exists(dataset)) continue;
    series.*column.values = file.read_vector<double>(dataset);
    check((series.*column.values).size() == ticks.size(), file.path(), ": '", dataset, "' has ",
          (series.*column.values).size(), " entries, but its axis has ", ticks.size());
  }
}

// [row][column] as one array; every row must have the same length.
template <typename T, typename Rows, typename RowOf>
Array<T> stack(const Hdf5File& file, const std::string& dataset, const Rows& rows, const RowOf& row_of) {
  const std::size_t width = row_of(rows.front()).size();
  Array<T> all(Shape{static_cast<long>(rows.size()), static_cast<long>(width)});
  T* to = all.data();
  for (const auto& item : rows) {
    const std::vector<T>& row = row_of(item);
    check(row.size() == width, file.path(), ": '", dataset, "' has rows of ", width, " and ", row.size(),
          " entries");
    to = std::copy(row.begin(), row.end(), to);
  }
  return all;
}

template <typename T>
std::vector<std::vector<T>> unstack(const Hdf5File& file, const std::string& dataset) {
  std::vector<std::vector<T>> rows;
  if (!file.exists(dataset)) return rows;
  const Array<T> all = file.read_array<T>(dataset);
  check(all.shape().rank() == 2, file.path(), ": '", dataset, "' has shape ", all.shape(),
        ", expected two axes");
  const long width = all.shape()[1];
  for (long i = 0; i < all.shape()[0]; ++i)
    rows.emplace_back(all.data() + i * width, all.data() + (i + 1) * width);
  return rows;
}

void write_quantizer(Hdf5File& file, const std::string& group, const QuantizerRecord& record) {
  file.make_group(group);
  file.set_attribute(group, "kind", "quantizer");  // tells it from the groups that are parts of its path
  const auto trajectory = [&](const char* name, const std::vector<std::vector<double>>& values) {
    if (values.empty()) return;
    const std::string dataset = group + "/" + name;
    file.write(dataset,
               stack<double>(
                   file, dataset, values, [](const auto& row) -> const auto& { return row; }),
               Hdf5Storage::compressed);
    file.set_attribute(dataset, "units", "1");
  };
  trajectory("scale", record.scale);
  trajectory("shift", record.shift);

  if (record.codes.counts.empty()) return;
  const std::string codes = group + "/codes", histogram = group + "/histogram",
                    by_epoch = group + "/histogram_by_epoch";
  std::vector<int> ticks(record.codes.counts.size());
  for (std::size_t i = 0; i < ticks.size(); ++i) ticks[i] = record.codes.lo + static_cast<int>(i);
  file.write(codes, ticks);
  file.set_attribute(codes, "units", "1");
  file.make_dimension_scale(codes, "code");
  file.write(histogram, record.codes.counts);
  file.set_attribute(histogram, "units", "values");
  file.attach_dimension_scale(histogram, 0, codes);
  if (record.codes_by_epoch.empty()) return;
  for (const CodeHistogram& epoch : record.codes_by_epoch) {
    check(epoch.lo == record.codes.lo && epoch.counts.size() == ticks.size(), file.path(), ": '", by_epoch,
          "' has an epoch on another grid than '", histogram, "'");
  }
  const auto counts = [](const CodeHistogram& epoch) -> const auto& { return epoch.counts; };
  file.write(by_epoch, stack<long>(file, by_epoch, record.codes_by_epoch, counts), Hdf5Storage::compressed);
  file.set_attribute(by_epoch, "units", "values");
  file.attach_dimension_scale(by_epoch, 1, codes);
}

QuantizerRecord read_quantizer(const Hdf5File& file, const std::string& group) {
  QuantizerRecord record;
  record.scale = unstack<double>(file, group + "/scale");
  record.shift = unstack<double>(file, group + "/shift");
  if (!file.exists(group + "/histogram")) return record;
  const auto codes = file.read_vector<int>(group + "/codes");
  record.codes = {codes.empty() ? 0 : codes.front(), file.read_vector<long>(group + "/histogram")};
  check(codes.size() == record.codes.counts.size(), file.path(), ": '", group, "' has ",
        record.codes.counts.size(), " counts for ", codes.size(), " codes");
  for (auto& counts : unstack<long>(file, group + "/histogram_by_epoch")) {
    record.codes_by_epoch.push_back({record.codes.lo, std::move(counts)});
  }
  return record;
}

// Quantizers are found by their mark, at any depth.
void read_quantizers(const Hdf5File& file, const std::string& group, const std::string& path,
                     std::map<std::string, QuantizerRecord>& into) {
  if (!path.empty() && file.has_attribute(group, "kind")) into[path] = read_quantizer(file, group);
  for (const std::string& child : file.children(group)) {
    if (file.is_group(group + "/" + child)) {
      read_quantizers(file, group + "/" + child, path.empty() ? child : path + "/" + child, into);
    }
  }
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

std::map<std::string, std::string> parse_config(const std::string& text) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    line = trimmed(line.substr(0, line.find('#')));
    const auto equals = line.find('=');
    if (line.starts_with('[') && line.ends_with(']')) {
      section = line.substr(1, line.size() - 2);
    } else if (equals != std::string::npos) {
      const std::string key = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
      std::string& into = values[section.empty() ? key : section + "." + key];
      into += (into.empty() ? "" : "\n") + value;
    }
  }
  return values;
}

void write_record(Hdf5File& file, const std::string& group, const RunRecord& record) {
  const std::string root = group == "/" ? "" : group;
  file.make_group(group);
  file.set_attribute(group, "schema_version", kSchemaVersion);
  visit_attributes(record,
                   [&](const char* name, const auto& value) { file.set_attribute(group, name, value); });
  write_config(file, root + "/config", record.config_text);
  write_series(file, root + "/steps", "step", record.steps.step, record.steps, kStepColumns);
  write_series(file, root + "/epochs", "epoch", record.epochs.epoch, record.epochs, kEpochColumns);
  file.make_group(root + "/quantizers");
  for (const auto& [path, quantizer] : record.quantizers)
    write_quantizer(file, root + "/quantizers/" + path, quantizer);
  file.make_group(root + "/accuracy");
  file.set_attribute(root + "/accuracy", "units", "percent");
  visit_accuracies(
      record, [&](const char* name, double value) { file.set_attribute(root + "/accuracy", name, value); });
  if (has_perplexity(record.perplexity)) {  // of language models only
    const std::string group_of_it = root + "/perplexity";
    file.make_group(group_of_it);
    visit_perplexities(record,
                       [&](const char* name, double value) { file.set_attribute(group_of_it, name, value); });
  }
  if (!record.confusion.empty()) write_confusion(file, root + "/confusion", record);
  file.make_group(root + "/verification");
  file.set_attribute(root + "/verification", "images", record.verification.images);
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
  read_series(file, root + "/steps", "step", record.steps.step, record.steps, kStepColumns);
  read_series(file, root + "/epochs", "epoch", record.epochs.epoch, record.epochs, kEpochColumns);
  read_quantizers(file, root + "/quantizers", "", record.quantizers);
  visit_accuracies(record, [&](const char* name, double& value) {
    value = file.attribute<double>(root + "/accuracy", name);
  });
  if (file.exists(root + "/perplexity")) {
    visit_perplexities(record, [&](const char* name, double& value) {
      value = file.attribute<double>(root + "/perplexity", name);
    });
  }
  if (file.exists(root + "/confusion/counts"))
    record.confusion = file.read_array<long>(root + "/confusion/counts");
  if (file.exists(root + "/confusion/class_names")) {
    record.class_names = file.read_vector<std::string>(root + "/confusion/class_names");
  }
  record.verification.images = file.attribute<long>(root + "/verification", "images");
  record.verification.mismatches = file.attribute<long>(root + "/verification", "mismatches");
  return record;
}

void write_run(const std::string& path, const RunRecord& record) {
  write_atomically(path, [&](const std::string& aside) {
    Hdf5File file = Hdf5File::create(aside);
    write_record(file, "/", record);
    file.close();
  });
}

RunRecord read_run(const std::string& path) { return read_record(Hdf5File::open(path), "/"); }

}  // namespace nibble
