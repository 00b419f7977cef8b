#include "layers/network/blocks.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace nibble {
namespace {

bool is_number(const std::string& part) {
  return !part.empty() &&
         std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c); });
}

// "layer1/0" of "layer1/0/conv1".
std::string author_name(const std::string& path) {
  std::size_t end = path.find('/');
  while (end != std::string::npos) {
    const std::size_t next = path.find('/', end + 1);
    if (!is_number(path.substr(end + 1, next == std::string::npos ? next : next - end - 1))) break;
    end = next;
  }
  return path.substr(0, end);
}

bool is_quantizer(const NetworkNode& node) { return std::holds_alternative<ActivationQuantizer>(node.layer); }

bool begins_the_head(const NetworkNode& node) {
  const auto* pool = std::get_if<Pool>(&node.layer);
  return std::holds_alternative<GlobalPool>(node.layer) || std::holds_alternative<Flatten>(node.layer) ||
         (pool && pool->options.kind == PoolKind::average);
}

// For every node whether the network's caller gets its values, be they quantized on the way.
std::vector<bool> find_told(const Network& network) {
  std::vector<bool> told(network.nodes().size());
  for (NodeRef node : network.outputs()) {
    told[static_cast<std::size_t>(node.index)] = true;
    while (is_quantizer(network.node(node))) {
      node = network.node(node).inputs.front();
      told[static_cast<std::size_t>(node.index)] = true;
    }
  }
  return told;
}

// For every node whether all that later nodes, and the network's caller behind the last of them, read of it
// and of earlier ones is its own output.
std::vector<bool> find_cuts(const Network& network) {
  const auto& nodes = network.nodes();
  const std::vector<bool> told = find_told(network);
  std::vector<bool> cut(nodes.size());
  std::size_t farthest = 0;  // reader of a node before this one
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (told[i] && i + 1 < nodes.size()) farthest = nodes.size();
    cut[i] = farthest <= i && !is_quantizer(nodes[i]);
    for (std::size_t reader = i + 1; reader < nodes.size(); ++reader) {
      for (const NodeRef input : nodes[reader].inputs)
        if (static_cast<std::size_t>(input.index) == i) farthest = std::max(farthest, reader);
    }
  }
  return cut;
}

}  // namespace

std::vector<Block> find_blocks(const Network& network) {
  const auto& nodes = network.nodes();
  const std::vector<bool> cut = find_cuts(network);
  std::vector<Block> blocks;
  const auto close = [&](std::size_t last) {
    Block& block = blocks.back();
    block.last = last;
  };
  bool weighty = true;  // whether the block so far has weights; what comes first begins one
  bool head = false;
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    check(!std::holds_alternative<Recurrent>(nodes[i].layer), "blocks: found the recurrent layer '",
          nodes[i].name, "', expected a network of images");
    std::size_t named = i;  // a quantizer is named after what it reads; what matters is who reads it
    while (named + 1 < nodes.size() && is_quantizer(nodes[named])) ++named;
    const std::string name = author_name(nodes[named].name);
    const bool border = blocks.empty() || (cut[i - 1] && name != blocks.back().name);
    const bool with_weights = has_weights(nodes[named].layer);
    if (border && (blocks.empty() || begins_the_head(nodes[named]) || (with_weights && weighty && !head))) {
      if (!blocks.empty()) close(i - 1);
      blocks.push_back({name, i, i, {static_cast<int>(i) - 1}});
      weighty = false;
      head = begins_the_head(nodes[named]);
    }
    if (has_weights(nodes[i].layer)) {
      weighty = true;
      head = false;
    }
  }
  check(!blocks.empty(), "blocks: found a network of one node, expected layers behind its input");
  close(nodes.size() - 1);
  return blocks;
}

Network take_block(const Network& network, const Block& block, bool quantizers) {
  Network taken;
  std::map<int, NodeRef> now{{block.input.index, taken.add_input("input", network.shape(block.input))}};
  for (std::size_t i = block.first; i <= block.last; ++i) {
    const NetworkNode& node = network.nodes()[i];
    const int old = static_cast<int>(i);
    if (!quantizers && is_quantizer(node)) {
      now[old] = now.at(node.inputs[0].index);
      continue;
    }
    NetworkNode copy = node;
    for (NodeRef& input : copy.inputs) input = now.at(input.index);
    if (!quantizers) {
      for (const Weights& found : weights(copy.layer)) found.quantizer->reset();
    }
    now[old] = {static_cast<int>(taken.nodes().size())};
    taken.nodes().push_back(std::move(copy));
  }
  if (block.last + 1 == network.nodes().size() && network.outputs().size() > 1) {
    std::vector<NodeRef> outputs;
    for (const NodeRef output : network.outputs()) outputs.push_back(now.at(output.index));
    taken.set_outputs(outputs);
  }
  return taken;
}

}  // namespace nibble
