#include "experiments/evaluate.h"

#include <iomanip>
#include <iostream>

#include "experiments/integer_run.h"
#include "experiments/run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

int evaluate_verb(const Words& words) {
  const std::string directory = only_argument(read_command_line({}, words), "evaluate");
  LoadedRun run = load_run(directory);
  const bool quantized = run.config.quant.method != QuantMethod::none;
  const Evaluation evaluation = evaluate(run.network, run.dataset, run.dataset.test);
  std::cout << std::fixed << std::setprecision(2) << directory << ": " << evaluation.samples
            << " test images of " << run.dataset.name << "\n"
            << (quantized ? "quantized" : "float") << " top-1 " << evaluation.top1 << " %, loss "
            << std::setprecision(4) << evaluation.loss << "\n";
  if (quantized)
    std::cout << std::setprecision(2) << "integer top-1 " << integer_top1(run.network, run.dataset) << " %\n";
  return kSuccess;
}

}  // namespace nibble
