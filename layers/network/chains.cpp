#include "layers/network/chains.h"

#include <algorithm>
#include <optional>

namespace nibble {
namespace {

bool is_step(const NodeFacts& node) { return node.role == Role::activation || node.role == Role::quantizer; }

// What multiplies two images is rare and left alone.
std::optional<ChainHead> head_of(const NodeFacts& node) {
  if (node.role == Role::norm) return ChainHead::norm;
  if (node.role == Role::sum) return ChainHead::sum;
  if (node.role == Role::factors) return ChainHead::product;
  return {};
}

ChainForm form_of(const FusedChain& chain, std::span<const NodeFacts> nodes) {
  std::vector<StepKind> steps;
  for (const std::size_t i : std::span(chain.nodes).subspan(1)) {
    const bool quantizer = nodes[i].role == Role::quantizer;
    steps.push_back(quantizer ? StepKind::quantize : step_kind(nodes[i].activation));
  }
  return chain_form(chain.head, steps);
}

}  // namespace

std::vector<FusedChain> find_chains(std::span<const NodeFacts> nodes) {
  std::vector<std::vector<std::size_t>> readers(nodes.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::size_t input : nodes[i].inputs) readers[input].push_back(i);
  }
  std::vector<FusedChain> chains;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const std::optional<ChainHead> head = head_of(nodes[i]);
    // A chain ends at an output and does not begin with one, since signals inside of a chain are not made.
    if (!head || readers[i].size() != 1 || nodes[i].output) continue;
    FusedChain chain{{i}, {false}, *head};
    for (;;) {
      const auto& behind = readers[chain.nodes.back()];
      // Several readers: the chain goes on with a quantizer, and the others read what is kept.
      const auto next = std::ranges::find_if(behind, [&](std::size_t reader) {
        if (nodes[chain.nodes.back()].output) return false;
        return behind.size() == 1 ? is_step(nodes[reader]) : nodes[reader].role == Role::quantizer;
      });
      chain.kept.back() = chain.nodes.size() > 1 && (next == behind.end() || behind.size() > 1);
      if (next == behind.end()) break;
      chain.nodes.push_back(*next);
      chain.kept.push_back(false);
    }
    const bool plain = std::ranges::all_of(chain.nodes, [&](std::size_t node) {
      return nodes[node].role != Role::quantizer || nodes[node].plain_grid;
    });
    if (chain.nodes.size() == 1 || !plain) continue;
    chain.form = form_of(chain, nodes);
    chains.push_back(std::move(chain));
  }
  return chains;
}

}  // namespace nibble
