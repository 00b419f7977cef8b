#pragma once

#include "experiments/tasks/evaluate.h"

namespace nibble {

/// How well a language model foretells a text: every word but the first, read as one stream from a state of
/// zero, each word after all those before it. perplexity = e^loss, loss the mean of −log p(word) in nats.
Evaluation evaluate_text(Network& network, const Array<int>& tokens);

/// What is known of a model that foretold so many words with this sum of −log p(word).
Evaluation text_evaluation(double loss, long words);

}  // namespace nibble
