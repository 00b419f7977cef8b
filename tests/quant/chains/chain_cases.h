#pragma once

#include <optional>
#include <vector>

#include "quant/chains/chain_kernel.h"
#include "quant/chains/pointwise_chain.h"

namespace nibble {

// Chains of all kinds, on random numbers.

struct StepCase {
  std::optional<Grid> grid;
  ActivationKind activation = ActivationKind::relu;
  bool shifted = false, kept = false;
};

enum class Head { norm, norm_of_sums, given_norm, sum, coded_sum, product, coded_product };

struct Case {
  const char* what;
  Shape shape;
  Head head;
  std::vector<StepCase> steps;
};

// The learned and the given numbers of a case, on the tape.
struct Inputs {
  std::vector<ChainInput> operands;
  std::optional<ChainNorm> norm;
  std::vector<ChainStep> steps;
  std::vector<Var> learned;
};

const std::vector<Case>& cases();
Inputs make(const Case& c);
ChainPattern pattern_of(const Case& c);

}  // namespace nibble
