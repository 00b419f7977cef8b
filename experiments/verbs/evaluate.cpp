#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>

#include "core/files/atomic_file.h"
#include "datasets/coco/coco_file.h"
#include "experiments/process/terminal.h"
#include "experiments/results/csv.h"
#include "experiments/tasks/answer_tables.h"
#include "experiments/training/import_weights.h"
#include "experiments/training/judge.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

using Evaluate = std::function<Evaluation(EvaluationSplit split)>;

// What is told beside the figures.
struct Wishes {
  std::string answers, classes, detections;  // files
  bool per_class = false;
};

void describe(Options& options, Wishes& wishes) {
  options.add(
      "answers", wishes.answers,
      "Write a CSV file with a line for each test image: file or index, label, answer, correct, the five "
      "best classes and their logits. What the integers answer goes into a second file, FILE_integer.csv, "
      "with the device's numbers as logits. 'nibble compare' reads such files.");
  options.add(
      "detections", wishes.detections,
      "Of a detector: write everything that it found above a score of 0.001, as JSON in COCO's results "
      "format; what the integers found into a second file, FILE_integer.json.");
  options.add("classes", wishes.classes, "Write the table of --per-class as CSV files, named alike.");
  options.add_switch(
      "per-class", wishes.per_class,
      "Print a line for each class: its test images, how many are right, and the most frequent "
      "wrong answer; of a detector its objects, AP and AP50 of COCO, and the AP of PASCAL VOC at an overlap "
      "of "
      "0.5, of 2007 (eleven recalls) and later (every recall).");
}

// "answers_integer.csv" for "answers.csv".
std::string file_for(const std::string& path, Arithmetic arithmetic) {
  if (arithmetic != Arithmetic::integer) return path;
  const std::filesystem::path given(path);
  const std::string name = given.stem().string() + "_integer" + given.extension().string();
  return (given.parent_path() / name).string();
}

void write_csv(const std::string& path, const Table& table) {
  write_text_atomically(path, to_csv(table));
  std::cout << "written: " << path << "\n";
}

void tell_details(const Task& task, const Wishes& wishes, Arithmetic arithmetic, const Evaluation& test) {
  if (!wishes.answers.empty())
    write_csv(file_for(wishes.answers, arithmetic), answers_table(test.answers, task.test_names()));
  if (!wishes.detections.empty()) {
    const std::string file = file_for(wishes.detections, arithmetic);
    write_coco_results(file, test.boxes->results);
    std::cout << "written: " << file << "\n";
  }
  if (!wishes.per_class && wishes.classes.empty()) return;
  const Table classes =
      test.boxes ? box_class_table(*test.boxes, task.class_names()) : class_table(test, task.class_names());
  if (!wishes.classes.empty()) write_csv(file_for(wishes.classes, arithmetic), classes);
  if (wishes.per_class) print(classes, std::cout, output_columns());
}

// "float top-1 91.73 %, loss 0.3012"; where training looks at another split, both:
// "float perplexity: valid 92.10, test 89.84". Returns what was found on the test split.
Evaluation print_figures(const TaskOutline& task, Arithmetic arithmetic, const Evaluate& evaluate) {
  const auto values = [&](const Evaluation& found, bool with_titles) {
    for (std::size_t i = 0; i < task.metrics.size(); ++i) {
      if (i > 0 && std::isnan(found.metrics[i])) continue;  // nothing to find of that size
      std::cout << (i == 0 ? " " : ", ") << (with_titles ? task.metrics[i].title + " " : "")
                << format_fixed(found.metrics[i], 2) << unit_sign(task.metrics[i]);
    }
  };
  Evaluation test;
  if (task.watched == "test") {
    test = evaluate(EvaluationSplit::test);
    std::cout << name(arithmetic);
    values(test, true);
    if (!std::isnan(test.loss)) std::cout << ", loss " << format_fixed(test.loss, 4);
  } else {
    const Evaluation watched = evaluate(EvaluationSplit::watched);
    std::cout << name(arithmetic);
    for (std::size_t i = 0; i < task.metrics.size(); ++i)
      std::cout << (i == 0 ? " " : ", ") << task.metrics[i].title;
    std::cout << ": " << task.watched;
    values(watched, false);
    std::cout << std::flush << ", test";
    test = evaluate(EvaluationSplit::test);
    values(test, false);
  }
  std::cout << "\n";
  return test;
}

// What a quantized network is to be compared with: the float one that it started from. Its record has the
// figure of the test split only, so it is of interest where there is another split.
void print_start(const LoadedRun& run) {
  const TaskOutline& task = run.task->outline();
  const std::string& source = run.config.start_from;
  if (run.config.quant.method == QuantMethod::none || source.empty() || task.watched == "test") return;
  if (!std::filesystem::exists(source)) {
    std::cout << "float " << task.metrics.front().title << ": not known, since " << source
              << ", where this run started, is not there\n";
    return;
  }
  Network before =
      build_model(run.config.model, run.task->sample_shape(), run.task->classes(), Rng(run.config.run.seed));
  start_from(before, source, {run.task->vocabulary(), run.config.start_from_except});
  print_figures(task, Arithmetic::floating, [&](EvaluationSplit split) {
    return judge(*run.task, before, split, run.config.calibration_samples, source);
  });
}

LoadedRun load(const Words& words, Wishes& wishes, std::string& source) {
  Options options;
  describe(options, wishes);
  const RunOrConfig given =
      read_run_or_config(options, words, "evaluate", {"--answers", "--classes", "--detections"});
  source = given.path;
  return given.config ? load_start(*given.config) : load_run(source);
}

void check_wishes(const Wishes& wishes, const Task& task) {
  const bool classes = wishes.per_class || !wishes.classes.empty();
  if (!wishes.answers.empty() && task.answers_with_boxes())
    usage_error("evaluate: found --answers, expected --detections for a detector");
  if ((!wishes.answers.empty() && !task.answers_with_classes()) ||
      (classes && !task.answers_with_classes() && !task.answers_with_boxes()))
    usage_error("evaluate: found --answers, --classes or --per-class, expected none of them for ",
                task.outline().kind);
  if (!wishes.detections.empty() && !task.answers_with_boxes())
    usage_error("evaluate: found --detections, expected a detector, not ", task.outline().kind);
}

}  // namespace

int evaluate_verb(const Words& words) {
  std::string source;
  Wishes wishes;
  LoadedRun run = load(words, wishes, source);
  check_wishes(wishes, *run.task);
  const TaskOutline& task = run.task->outline();
  std::cout << source << ": " << run.task->describe_evaluation() << "\n";
  print_start(run);
  const bool quantized = run.config.quant.method != QuantMethod::none;
  const auto tell = [&](Arithmetic arithmetic, const Evaluate& evaluate) {
    tell_details(*run.task, wishes, arithmetic, print_figures(task, arithmetic, evaluate));
  };
  tell(quantized ? Arithmetic::quantized : Arithmetic::floating, [&](EvaluationSplit split) {
    return judge(*run.task, run.network, split, run.config.calibration_samples, source);
  });
  if (run.task->has_integers(run.config.quant))
    tell(Arithmetic::integer,
         [&](EvaluationSplit split) { return run.task->evaluate_integers(run.network, split); });
  return kSuccess;
}

}  // namespace nibble
