#pragma once

#include <optional>
#include <span>

#include "core/random.h"
#include "layers/signal.h"
#include "layers/weights.h"
#include "quant/quantizer.h"

namespace nibble {

struct EmbeddingOptions {
  int vocabulary = 0;
  int features = 0;
  double first_weights = 0.1;  // drawn evenly from ± this
};

/// y = W[token]: a row of the table for each token of the input.
struct Embedding {
  using Options = EmbeddingOptions;
  EmbeddingOptions options;
  Var weight;                                 // [vocabulary, features]
  std::optional<Quantizer> weight_quantizer;  // one scale a row

  /// inputs: [1], tokens as real numbers, each from 0 to vocabulary − 1.
  Embedding(const EmbeddingOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn& visit);
  static const char* kind() { return "embedding"; }
  std::vector<Weights> weights() { return {{weight, &weight_quantizer}}; }
};

}  // namespace nibble
