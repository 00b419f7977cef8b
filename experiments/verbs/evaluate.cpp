#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iomanip>
#include <iostream>

#include "experiments/training/import_weights.h"
#include "experiments/training/judge.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

using Evaluate = std::function<Evaluation(EvaluationSplit split)>;

// "float top-1 91.73 %, loss 0.3012"; where training looks at another split, both:
// "float perplexity: valid 92.10, test 89.84".
void print_figures(const TaskOutline& task, Arithmetic arithmetic, const Evaluate& evaluate) {
  const auto values = [&](const Evaluation& found, bool with_titles) {
    for (std::size_t i = 0; i < task.metrics.size(); ++i) {
      std::cout << (i == 0 ? " " : ", ") << (with_titles ? task.metrics[i].title + " " : "") << std::fixed
                << std::setprecision(2) << found.metrics[i] << unit_sign(task.metrics[i]);
    }
  };
  if (task.watched == "test") {
    const Evaluation test = evaluate(EvaluationSplit::test);
    std::cout << name(arithmetic);
    values(test, true);
    if (!std::isnan(test.loss)) std::cout << ", loss " << std::setprecision(4) << test.loss;
  } else {
    const Evaluation watched = evaluate(EvaluationSplit::watched);
    std::cout << name(arithmetic);
    for (std::size_t i = 0; i < task.metrics.size(); ++i)
      std::cout << (i == 0 ? " " : ", ") << task.metrics[i].title;
    std::cout << ": " << task.watched;
    values(watched, false);
    std::cout << std::flush << ", test";
    values(evaluate(EvaluationSplit::test), false);
  }
  std::cout << "\n";
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

// A directory is a run; a file, or one that is built in, is a config whose weights come from elsewhere.
bool is_config(const std::string& word) {
  return word.starts_with("builtin:") || std::filesystem::is_regular_file(word);
}

LoadedRun load(const Words& words, std::string& source) {
  if (std::any_of(words.begin(), words.end(), is_config)) {
    ExperimentConfig config;
    Options options;
    source = read_configured(options, config, words, "evaluate");
    return load_start(config);
  }
  source = only_argument(read_words({}, words, "evaluate"), "evaluate");
  return load_run(source);
}

}  // namespace

int evaluate_verb(const Words& words) {
  std::string source;
  LoadedRun run = load(words, source);
  const TaskOutline& task = run.task->outline();
  std::cout << source << ": " << run.task->describe_evaluation() << "\n";
  print_start(run);
  const bool quantized = run.config.quant.method != QuantMethod::none;
  print_figures(task, quantized ? Arithmetic::quantized : Arithmetic::floating, [&](EvaluationSplit split) {
    return judge(*run.task, run.network, split, run.config.calibration_samples, source);
  });
  if (run.task->has_integers(run.config.quant))
    print_figures(task, Arithmetic::integer,
                  [&](EvaluationSplit split) { return run.task->evaluate_integers(run.network, split); });
  return kSuccess;
}

}  // namespace nibble
