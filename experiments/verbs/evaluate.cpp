#include "experiments/evaluate.h"

#include <cmath>
#include <iomanip>
#include <iostream>

#include "experiments/evaluate_text.h"
#include "experiments/integer_text.h"
#include "experiments/run.h"
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
  line(arithmetic, [&](const Array<int>& tokens) { return evaluate_text(run.network, tokens).perplexity; });
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
