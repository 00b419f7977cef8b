#include "experiments/tasks/evaluate.h"

#include <filesystem>
#include <iomanip>
#include <iostream>

#include "experiments/results/loaded_run.h"
#include "experiments/tasks/evaluate_text.h"
#include "experiments/tasks/integer_text.h"
#include "experiments/training/import_weights.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

void print_images(LoadedRun& run, const std::string& directory, const char* arithmetic) {
  const Evaluation evaluation = run.task->evaluate(run.network);
  std::cout << directory << ": " << evaluation.samples << " test images of " << run.images("evaluate").name
            << "\n"
            << arithmetic << " top-1 " << evaluation.top1 << " %, loss " << std::setprecision(4)
            << evaluation.loss << "\n";
  if (has_integers(run.config))
    std::cout << std::setprecision(2) << "integer top-1 " << run.task->evaluate_integers(run.network).top1
              << " %\n";
}

void print_text(LoadedRun& run, const std::string& directory, const char* arithmetic) {
  const Corpus& corpus = run.text("evaluate");
  std::cout << directory << ": " << corpus.name << ", " << corpus.vocabulary.size() << " words, "
            << corpus.valid.size() << " tokens of valid and " << corpus.test.size() << " of test\n";
  const auto line = [&](const char* what, const auto& perplexity_of) {
    std::cout << what << " perplexity: valid " << perplexity_of(corpus.valid) << std::flush << ", test "
              << perplexity_of(corpus.test) << "\n";
  };
  const auto of = [](Network& network) {
    return [&network](const Array<int>& tokens) { return evaluate_text(network, tokens).perplexity; };
  };
  // What a quantized network is to be compared with: the float one that it started from.
  const std::string& source = run.config.start_from;
  if (run.config.quant.method != QuantMethod::none && !source.empty()) {
    if (std::filesystem::exists(source)) {
      Network before = build_model(run.config.model, run.task->sample_shape(), run.task->classes(),
                                   Rng(run.config.run.seed));
      start_from(before, source, run.task->vocabulary());
      line("float", of(before));
    } else {
      std::cout << "float perplexity: not known, since " << source
                << ", where this run started, is not there\n";
    }
  }
  line(arithmetic, of(run.network));
  if (has_integers(run.config)) {
    line("integer",
         [&](const Array<int>& tokens) { return evaluate_text_integers(run.network, tokens).perplexity; });
  }
}

}  // namespace

int evaluate_verb(const Words& words) {
  const std::string directory = only_argument(read_command_line({}, words), "evaluate");
  LoadedRun run = load_run(directory);
  const char* const arithmetic = run.config.quant.method != QuantMethod::none ? "quantized" : "float";
  std::cout << std::fixed << std::setprecision(2);
  const bool text = std::holds_alternative<Corpus>(run.data);
  text ? print_text(run, directory, arithmetic) : print_images(run, directory, arithmetic);
  return kSuccess;
}

}  // namespace nibble
