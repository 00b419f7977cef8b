// Records of runs. Byte 0 chooses: the rest is the file itself, or edits of a record that is sealed again.
#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/files/sealed_file.h"
#include "experiments/results/csv.h"
#include "experiments/results/results_file.h"
#include "experiments/results/summary_groups.h"
#include "experiments/results/summary_table.h"
#include "tests/fuzz/hdf5_edits.h"
#include "tests/support/sample_record.h"

namespace nibble::fuzz {
namespace {

// What takes as long as the reading is done for one input in so many, which the fuzzer cannot prefer.
constexpr std::size_t kRare = 16;

RunRecord small_record() {
  RunRecord record = sample_record();
  StepSeries& steps = record.steps;
  steps.step.resize(3), steps.loss.resize(3), steps.learning_rate.resize(3),
      steps.samples_per_second.resize(3);
  return record;
}

const EditedHdf5& edited_record() {
  static const EditedHdf5 record = [] {
    const std::string path = (folder() / "record.h5").string();
    write_run(path, small_record());
    return EditedHdf5(path, kSealBytes);
  }();
  return record;
}

void read_record_of(std::string_view bytes) {
  const std::string path = (folder() / "run.h5").string();
  Choices choices(bytes);
  if (choices.byte() < kRaw) {
    write_bytes(path, bytes.substr(std::min<std::size_t>(1, bytes.size())));
  } else {
    edited_record().write(path, choices);
    seal(path, "nibble run 1");
  }
  const RunRecord record = read_run(path);
  const std::size_t drawn = std::hash<std::string_view>{}(bytes) % kRare;
  if (drawn == 0) write_run(path, record);  // as a run does that goes on
  if (drawn != 1) return;
  const SummarizedRun run = summarized_run(record, ".");
  const SummaryTable table = summary_table({run, run});
  to_csv(table.file);
  grouped_table({run, run}, {"run.seed"});
}

const Registered run_h5("run_h5", &read_record_of);

}  // namespace
}  // namespace nibble::fuzz
