#include "quant/chains/make_chain.h"

#include <cmath>
#include <span>

namespace nibble::chains {
namespace {

Source source_of(const ChainInput& input, bool normed) {
  if (normed && input.sums) return {.value = {}, .sums = input.sums->sums};
  if (!normed && !input.codes.empty()) return {.value = {}, .grid = *input.grid, .codes = input.codes};
  return {.value = input.value.value()};
}

// The norm in units of its source, which sums of codes count: x = unit · sum + offset.
void add_norm(Chain& chain, const ChainInput& input, const ChainNorm& norm) {
  chain.normed = true;
  chain.weight = norm.weight.value().clone();
  chain.mean_of_channel = Tensor({chain.channels});
  chain.inverse = Tensor({chain.channels});
  chain.unit = Tensor({chain.channels});
  const std::optional<kernels::CodeSums>& sums = input.sums;
  Tensor gain({chain.channels}), offset({chain.channels});
  for (long c = 0; c < chain.channels; ++c) {
    chain.unit[c] = sums ? sums->gain[c] : Real(1);
    chain.mean_of_channel[c] = (norm.moments->mean[c] - (sums ? sums->offset[c] : Real(0))) / chain.unit[c];
    const double deviation = std::sqrt(static_cast<double>(norm.moments->variance[c]) + norm.epsilon);
    chain.inverse[c] = static_cast<Real>(static_cast<double>(chain.unit[c]) / deviation);
    gain[c] = chain.weight[c] * chain.inverse[c];
    offset[c] = norm.bias.value()[c] - chain.mean_of_channel[c] * gain[c];
  }
  chain.gain = repeated(gain, chain.block_rows());
  chain.offset = repeated(offset, chain.block_rows());
  chain.mean = repeated(chain.mean_of_channel, chain.block_rows());
}

}  // namespace

Chain make_chain(const std::vector<ChainInput>& inputs, std::optional<ChainNorm>& norm,
                 const std::vector<ChainStep>& steps) {
  Chain chain;
  chain.shape = inputs[0].value.shape();
  const bool multiplied = inputs.size() == 2 && inputs[1].value.shape() != chain.shape;
  if (multiplied) chain.factors = inputs[1].value.value();
  for (const ChainInput& input : std::span(inputs).first(multiplied ? 1 : inputs.size()))
    chain.sources.push_back(source_of(input, norm.has_value()));
  for (const ChainStep& step : steps) {
    chain.steps.push_back({step.grid ? std::optional(step.grid->affine()) : std::nullopt, step.activation,
                           step.slope, step.kept});
  }
  chain.channels = chain.shape.back();
  chain.block = block_size(chain.channels);
  if (norm) {
    if (!norm->moments) norm->moments = kernels::channel_moments(inputs[0].value.value());
    if (norm->parts) norm->moments = kernels::merge(*norm->moments, *norm->parts);
    add_norm(chain, inputs[0], *norm);
  }
  return chain;
}

}  // namespace nibble::chains
