#include "layers/network/run_chain.h"

#include <cassert>

#include "quant/chains/pointwise_chain.h"

namespace nibble {
namespace {

ChainStep step_of(const Layer& layer, bool kept, const Shape& shape) {
  ChainStep step;
  step.kept = kept;
  if (const auto* quantizer = std::get_if<ActivationQuantizer>(&layer)) {
    step.grid = plain_grid(quantizer->quantizer, shape);
    assert(step.grid);  // find_chains leaves other quantizers out
  } else {
    const ActivationOptions& options = std::get<Activation>(layer).options;
    step.activation = options.kind;
    step.slope = static_cast<Real>(options.slope);
  }
  return step;
}

ChainInput input_of(const Signal& signal) {
  ChainInput input{signal.value};
  if (signal.sums()) input.sums = *signal.sums();
  if (signal.codes()) {
    input.grid = signal.grid->affine();
    input.codes = signal.codes()->codes;
  }
  return input;
}

}  // namespace

std::vector<Signal> run_fused_chain(Network& network, const FusedChain& chain, std::span<const Signal> inputs,
                                    const Pass& pass) {
  auto& nodes = network.nodes();
  const Shape& shape = inputs[0].value.shape();
  std::vector<ChainStep> steps;
  for (std::size_t k = 1; k < chain.nodes.size(); ++k)
    steps.push_back(step_of(nodes[chain.nodes[k]].layer, chain.kept[k], shape));
  std::vector<ChainInput> operands;
  for (const Signal& input : inputs) operands.push_back(input_of(input));
  auto* const norm = std::get_if<BatchNorm>(&nodes[chain.nodes.front()].layer);
  std::optional<ChainNorm> chain_norm;
  if (norm) {
    chain_norm = norm->chain_norm(pass, shape);
    if (norm->of_batch(pass) && inputs[0].moments()) chain_norm->moments = *inputs[0].moments();
  }
  const auto results = pointwise_chain(operands, chain_norm, steps);
  // The slow twin, which finds where, would ask the other parts of the batch, which are not there.
  check(results || !pass.parts, "found a value that is not a number, expected none");
  if (!results) return {};
  if (norm && norm->of_batch(pass)) norm->update_running(*chain_norm->moments, shape, pass);
  return {results->begin(), results->end()};
}

}  // namespace nibble
