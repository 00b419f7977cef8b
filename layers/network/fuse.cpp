#include "layers/network/fuse.h"

#include <algorithm>

#include "quant/chains/pointwise_chain.h"

namespace nibble {
namespace {

bool is_step(const Layer& layer) {
  return std::holds_alternative<Activation>(layer) || std::holds_alternative<ActivationQuantizer>(layer);
}

// A product is one with factors for each channel; what multiplies two images is rare and left alone.
bool is_head(const Network& network, const NetworkNode& node) {
  const auto* const product = std::get_if<Multiply>(&node.layer);
  return std::holds_alternative<BatchNorm>(node.layer) || std::holds_alternative<Add>(node.layer) ||
         (product != nullptr && network.shape(node.inputs[0]) != network.shape(node.inputs[1]));
}

}  // namespace

std::vector<FusedChain> find_chains(const Network& network) {
  const auto& nodes = network.nodes();
  std::vector<std::vector<std::size_t>> readers(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const NodeRef input : nodes[i].inputs) readers[static_cast<std::size_t>(input.index)].push_back(i);
  }
  std::vector<FusedChain> chains;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!is_head(network, nodes[i]) || readers[i].size() != 1) continue;
    FusedChain chain{{i}, {false}};
    for (;;) {
      const auto& behind = readers[chain.nodes.back()];
      // Several readers: the chain goes on with a quantizer, and the others read what is kept.
      const auto next = std::find_if(behind.begin(), behind.end(), [&](std::size_t reader) {
        const Layer& layer = nodes[reader].layer;
        return behind.size() == 1 ? is_step(layer) : std::holds_alternative<ActivationQuantizer>(layer);
      });
      chain.kept.back() = chain.nodes.size() > 1 && (next == behind.end() || behind.size() > 1);
      if (next == behind.end()) break;
      chain.nodes.push_back(*next);
      chain.kept.push_back(false);
    }
    if (chain.nodes.size() > 1) chains.push_back(std::move(chain));
  }
  return chains;
}

ChainPattern pattern_of(const Network& network, const FusedChain& chain) {
  const auto layer = [&](std::size_t k) -> const Layer& { return network.nodes()[chain.nodes[k]].layer; };
  ChainPattern pattern;
  if (std::holds_alternative<Add>(layer(0))) pattern.head = ChainHead::sum;
  if (std::holds_alternative<Multiply>(layer(0))) pattern.head = ChainHead::product;
  for (std::size_t k = 1; k < chain.nodes.size(); ++k) {
    const auto* const activation = std::get_if<Activation>(&layer(k));
    pattern.steps.push_back(activation ? std::optional(activation->options.kind) : std::nullopt);
  }
  return pattern;
}

std::vector<Signal> run_fused_chain(Network& network, const FusedChain& chain, std::span<const Signal> inputs,
                                    const Pass& pass) {
  auto& nodes = network.nodes();
  const Shape& shape = inputs[0].value.shape();
  std::vector<ChainStep> steps;
  for (std::size_t k = 1; k < chain.nodes.size(); ++k) {
    const Layer& layer = nodes[chain.nodes[k]].layer;
    ChainStep step;
    step.kept = chain.kept[k];
    if (const auto* quantizer = std::get_if<ActivationQuantizer>(&layer)) {
      step.grid = plain_grid(quantizer->quantizer, shape);
      if (!step.grid) return {};
    } else {
      const ActivationOptions& options = std::get<Activation>(layer).options;
      step.activation = options.kind;
      step.slope = static_cast<Real>(options.slope);
    }
    steps.push_back(std::move(step));
  }

  std::vector<ChainInput> operands;
  for (const Signal& input : inputs) {
    operands.push_back({input.value, {}, {}, input.sums});
    if (input.codes.empty()) continue;
    operands.back().grid = input.grid->affine();
    operands.back().codes = input.codes;
  }
  auto* const norm = std::get_if<BatchNorm>(&nodes[chain.nodes.front()].layer);
  std::optional<ChainNorm> chain_norm;
  if (norm) {
    chain_norm = norm->chain_norm(pass, shape);
    if (pass.training) chain_norm->moments = inputs[0].moments;
  }
  const auto results = pointwise_chain(operands, chain_norm, steps);
  if (!results) return {};
  if (norm && pass.training) norm->update_running(*chain_norm->moments, shape);
  return {results->begin(), results->end()};
}

}  // namespace nibble
