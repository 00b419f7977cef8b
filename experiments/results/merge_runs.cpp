#include "experiments/results/merge_runs.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/files/hdf5_file.h"
#include "experiments/config/option_value.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/machine.h"
#include "experiments/results/found_runs.h"
#include "experiments/results/summary_columns.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

constexpr int kStudyVersion = 1;
constexpr const char* kRunScale = "/run";
constexpr const char* kEpochScale = "/epoch";

std::string record_of(const std::string& directory, const SummarizedRun& run) {
  return (fs::path(directory) / run.directory / "run.h5").lexically_normal().string();
}

// The numbers of a run.h5 that may be merged: path -> what it is.
using Outlines = std::map<std::string, Hdf5Outline>;

void add_outlines(const Hdf5File& file, const std::string& group, const MergeOptions& options,
                  Outlines& found) {
  for (const std::string& name : file.children(group)) {
    const std::string path = group == "/" ? "/" + name : group + "/" + name;
    const bool many = path == "/quantizers" || path == "/classes";
    if (many && !options.everything) continue;
    if (file.is_group(path)) {
      add_outlines(file, path, options, found);
      continue;
    }
    const Hdf5Outline outline = file.outline(path);
    const bool number = outline.kind == Hdf5Kind::real || outline.kind == Hdf5Kind::integer;
    if (number && !outline.extents.empty()) found[path] = outline;
  }
}

// Whether a dataset has the same form as that of another run, which may be longer.
bool same_form(const Hdf5Outline& a, const Hdf5Outline& b) {
  return a.kind == b.kind && a.extents.size() == b.extents.size() &&
         std::equal(a.extents.begin() + 1, a.extents.end(), b.extents.begin() + 1);
}

// A study in the making.
class Study {
 public:
  Study(const std::string& directory, const std::string& path, const MergeOptions& options)
      : directory_(directory), path_(path), found_(read_runs(directory, find_run_files(directory))) {
    if (found_.by_kind.size() > 1)
      usage_error("merge: found runs of ", found_.by_kind.begin()->first, " and of ",
                  found_.by_kind.rbegin()->first, " in ", directory, ", expected one of them");
    for (const SummarizedRun& run : runs_) {
      const std::string record = record_of(directory, run);
      if (fs::exists(path) && fs::equivalent(path, record))
        usage_error("merge: found --to ", path, ", which is the record of a run, expected another file");
      outlines_.emplace_back();
      add_outlines(Hdf5File::open(record), "/", options, outlines_.back());
    }
  }

  Merged write() {
    merged_.runs = static_cast<long>(runs_.size());
    merged_.skipped = found_.skipped;
    write_atomically(path_, [&](const std::string& aside) {
      Hdf5File file = Hdf5File::create(aside, 0, Hdf5Readers::since_1_10);
      write_attributes(file);
      write_names(file);
      write_lengths(file);
      write_table(file);
      write_series(file);
      if (!found_.skipped.empty()) file.write("/skipped", found_.skipped);
      file.close();
    });
    return merged_;
  }

 private:
  void write_attributes(Hdf5File& file) const {
    file.set_attribute("/", "schema_version", kStudyVersion);
    file.set_attribute("/", "kind", "nibble study");
    file.set_attribute("/", "task", found_.by_kind.begin()->first);
    file.set_attribute("/", "created_utc", utc_now());
    file.set_attribute("/", "runs", static_cast<long>(runs_.size()));
  }

  void write_names(Hdf5File& file) const {
    std::vector<std::string> names, directories;
    for (const SummarizedRun& run : runs_) {
      names.push_back(run.record.name);
      directories.push_back(run.directory);
    }
    const bool unique = std::set<std::string>(names.begin(), names.end()).size() == names.size();
    file.write(kRunScale, unique ? names : directories);
    file.make_dimension_scale(kRunScale, "run");
  }

  template <typename T>
  void write_column(Hdf5File& file, const std::string& path, const std::vector<T>& values) const {
    file.write(path, values);
    file.attach_dimension_scale(path, 0, kRunScale);
  }

  void write_lengths(Hdf5File& file) {
    std::vector<long> steps, epochs;
    for (const SummarizedRun& run : runs_) {
      steps.push_back(static_cast<long>(run.record.steps.step.size()));
      epochs.push_back(static_cast<long>(run.record.epochs.epoch.size()));
    }
    write_column(file, "/lengths/steps", steps);
    write_column(file, "/lengths/epochs", epochs);
    merged_.shortest = *std::min_element(epochs.begin(), epochs.end());
    merged_.longest = *std::max_element(epochs.begin(), epochs.end());
    if (merged_.longest == 0) return;
    std::vector<long> numbers(static_cast<std::size_t>(merged_.longest));
    std::iota(numbers.begin(), numbers.end(), 1L);
    file.write(kEpochScale, numbers);
    file.make_dimension_scale(kEpochScale, "epoch");
  }

  void write_table(Hdf5File& file) const {
    for (const SummaryColumn& column : columns_of(runs_)) {
      std::vector<double> numbers;
      std::vector<std::string> texts;
      for (const SummarizedRun& run : runs_) {
        texts.push_back(column.value(run));
        double number = kNotMeasured;
        if (column.figure || texts.back().empty() || parse_value(texts.back(), number))
          numbers.push_back(column.figure ? column.figure(run) : number);
      }
      const bool all_empty =
          std::all_of(texts.begin(), texts.end(), [](const std::string& t) { return t.empty(); });
      if (numbers.size() == texts.size() && (column.figure || !all_empty))
        write_column(file, "/table/" + column.name, numbers);
      else
        write_column(file, "/table/" + column.name, texts);
    }
  }

  void write_series(Hdf5File& file) {
    std::map<std::string, const Hdf5Outline*> all;  // of the first run that has it
    for (const Outlines& outlines : outlines_)
      for (const auto& [path, outline] : outlines) all.try_emplace(path, &outline);
    for (const auto& [path, first] : all) write_one(file, path, *first);
  }

  void write_one(Hdf5File& file, const std::string& path, const Hdf5Outline& first) {
    const fs::path beside = fs::absolute(path_).parent_path();
    std::vector<Hdf5Part> parts;
    long longest = 0;
    for (std::size_t i = 0; i < outlines_.size(); ++i) {
      const auto found = outlines_[i].find(path);
      const bool there = found != outlines_[i].end();
      if (there && !same_form(found->second, first)) {
        merged_.different.push_back(path);
        return;
      }
      const fs::path record = fs::absolute(record_of(directory_, runs_[i]));
      parts.push_back({record.lexically_relative(beside).string(), path, {}});
      if (!there || found->second.extents[0] == 0) continue;
      parts.back().extents = found->second.extents;
      longest = std::max(longest, parts.back().extents[0]);
    }
    if (longest == 0) return;
    file.write_virtual(path, first.kind, parts);
    file.attach_dimension_scale(path, 0, kRunScale);
    if (path.starts_with("/epochs/") && longest == merged_.longest)
      file.attach_dimension_scale(path, 1, kEpochScale);
    ++merged_.datasets;
  }

  const std::string directory_, path_;
  const FoundRuns found_;
  const std::vector<SummarizedRun>& runs_ = found_.by_kind.begin()->second;
  std::vector<Outlines> outlines_;  // by run
  Merged merged_;
};

}  // namespace

Merged merge_runs(const std::string& directory, const std::string& study, const MergeOptions& options) {
  return Study(directory, study, options).write();
}

}  // namespace nibble
