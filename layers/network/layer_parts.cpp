#include "layers/network/layer_parts.h"

#include <algorithm>

namespace nibble {
namespace {

// The quantizer through which a layer reads. On the way to it lie layers that only move values.
std::optional<QuantizerOptions> options_in_front(const Network& network, const QuantizationPlan& plan,
                                                 NodeRef layer) {
  NodeRef reader = layer;
  while (!network.node(reader).inputs.empty()) {
    const NodeRef producer = network.node(reader).inputs[0];
    const auto output =
        std::ranges::find_if(plan.outputs, [&](const PlannedOutput& o) { return o.producer == producer; });
    if (output != plan.outputs.end()) {
      for (const PlannedQuantizer& coarser : output->coarser)
        if (std::ranges::find(coarser.readers, reader) != coarser.readers.end()) return coarser.options;
      if (output->shared) return output->shared->options;
    }
    if (!keeps_grid(network.node(producer).layer)) return std::nullopt;
    reader = producer;
  }
  return std::nullopt;
}

LayerPart weight_part(Network& network, const QuantizationPlan& plan, NodeRef layer) {
  LayerPart part{.layer = layer};
  for (const PlannedWeight& weight : plan.weights)
    if (weight.node == layer) part.weights.push_back(weight);
  part.bits = part.weights.front().options.bits;
  for (const Weights& found : weights(network.nodes()[static_cast<std::size_t>(layer.index)].layer))
    part.values += found.weight.value().size();
  return part;
}

LayerPart input_part(const Network& network, const QuantizationPlan& plan, NodeRef layer) {
  LayerPart part{.layer = layer, .kind = PartKind::input};
  part.x = options_in_front(network, plan, layer);
  for (const PlannedState& state : plan.states)
    if (state.node == layer) part.h = state.options;
  if (part.x) part.values += network.shape(network.node(layer).inputs[0]).count();
  if (part.h) part.values += network.shape(layer).count();
  if (part.x || part.h) part.bits = part.x ? part.x->bits : part.h->bits;
  return part;
}

QuantizerOptions at_bits(QuantizerOptions options, int bits) {
  options.bits = bits;
  return options;
}

PartQuantizers calibrated_weights(Network& network, const LayerPart& part, int bits) {
  PartQuantizers quantizers;
  const std::vector<Weights> all = weights(network.nodes()[static_cast<std::size_t>(part.layer.index)].layer);
  for (const PlannedWeight& planned : part.weights) {
    quantizers.push_back(make_quantizer(at_bits(planned.options, bits), planned.scales));
    initialize(quantizers.back(), all[planned.index].weight.value());
  }
  return quantizers;
}

// Adds the quantizer that sees these values: of x, or of h, which is computed behind x.
void add_calibrated(std::vector<PartQuantizers>& of_part, const QuantizerOptions& options,
                    std::span<const int> bits, const Tensor& values) {
  for (std::size_t b = 0; b < bits.size(); ++b) {
    of_part[b].push_back(make_quantizer(at_bits(options, bits[b]), 1));
    initialize(of_part[b].back(), values);
  }
}

}  // namespace

const char* name(PartKind kind) { return kind == PartKind::weight ? "weight" : "input"; }

std::vector<LayerPart> layer_parts(const Network& network, const QuantPolicy& policy) {
  const QuantizationPlan plan = plan_quantization(network, policy);
  const NodeRef first = plan.weights.front().node, last = plan.weights.back().node;
  Network sizes = network;  // shares the weights
  std::vector<LayerPart> parts;
  for (int i = 0; i < static_cast<int>(network.nodes().size()); ++i) {
    const NodeRef layer{i};
    if (!has_weights(network.node(layer).layer)) continue;
    parts.push_back(weight_part(sizes, plan, layer));
    if (LayerPart input = input_part(network, plan, layer); input.values > 0) parts.push_back(input);
  }
  for (LayerPart& part : parts) part.edge = part.layer == first || part.layer == last;
  return parts;
}

std::vector<std::vector<PartQuantizers>> calibrated_parts(Network& network,
                                                          const std::vector<LayerPart>& parts,
                                                          std::span<const int> bits, const Tensor& sample,
                                                          long sequences) {
  std::vector<std::vector<PartQuantizers>> all(parts.size(), std::vector<PartQuantizers>(bits.size()));
  for (std::size_t p = 0; p < parts.size(); ++p) {
    for (std::size_t b = 0; b < bits.size() && parts[p].kind == PartKind::weight; ++b)
      all[p][b] = calibrated_weights(network, parts[p], bits[b]);
  }
  const NoGradient evaluation;
  Pass pass;
  pass.sequences = sequences;
  network.forward_outputs(sample, pass, [&](const NetworkNode& node, const Signal& output) {
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const NetworkNode& layer = network.node(parts[p].layer);
      if (parts[p].x && node.name == network.node(layer.inputs[0]).name)
        add_calibrated(all[p], *parts[p].x, bits, output.value.value());
      if (parts[p].h && node.name == layer.name)
        add_calibrated(all[p], *parts[p].h, bits, output.value.value());
    }
  });
  return all;
}

Network with_part(const Network& network, const LayerPart& part, const PartQuantizers& quantizers,
                  Border border) {
  Network one = network;
  Layer& layer = one.nodes()[static_cast<std::size_t>(part.layer.index)].layer;
  if (part.kind == PartKind::weight) {
    const std::vector<Weights> all = weights(layer);
    for (std::size_t i = 0; i < quantizers.size(); ++i) *all[part.weights[i].index].quantizer = quantizers[i];
    return one;
  }
  if (auto* const conv = std::get_if<Conv2d>(&layer)) conv->border = border;
  if (part.h) std::get<Recurrent>(layer).hidden_quantizer = quantizers.back();
  if (part.x) {
    const NetworkNode& reader = one.node(part.layer);
    const NodeRef inserted =
        one.insert_after(reader.inputs[0], reader.name + "/input", options(quantizers.front()), {part.layer});
    NetworkNode& node = one.nodes()[static_cast<std::size_t>(inserted.index)];
    std::get<ActivationQuantizer>(node.layer).quantizer = quantizers.front();
  }
  return one;
}

}  // namespace nibble
