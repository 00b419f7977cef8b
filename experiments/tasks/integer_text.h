#pragma once

#include <ostream>
#include <string>

#include "datasets/text/corpus.h"
#include "experiments/tasks/evaluate.h"
#include "experiments/tasks/generate.h"
#include "experiments/tasks/integer_run.h"

namespace nibble {

/// How well a language model's integers foretell a text (evaluate_text.h): scores times their scale are the
/// logits.
Evaluation evaluate_text_integers(Network& network, const Array<int>& tokens);

/// A run's language model as integers, at the beginning of a text (generate.h).
NextScores integer_scores(const LoadedRun& run, const std::string& name);

/// Writes the run's language model as C into a directory; the selftest reads the first words of the test
/// text.
void export_text_run(const LoadedRun& run, const std::string& name, const std::string& directory);

/// verify_run for a language model: reference, fast evaluator and emitted C over the first `options.images`
/// tokens of the test text (0: all), emitted C over the first `options.c_images`; every gate, state, code and
/// score.
VerifyResult verify_text_run(LoadedRun& run, const std::string& name, const VerifyOptions& options,
                             std::ostream& progress);

}  // namespace nibble
