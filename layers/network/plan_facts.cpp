#include "layers/network/plan_facts.h"

#include "core/kernels/conv/depthwise_conv2d.h"
#include "layers/check_inputs.h"
#include "layers/network/network.h"

namespace nibble {
namespace {

// Bits of the codes that a weight's quantizer leaves: DoReFa's are values between those of a grid, twice as
// many, and have none.
int code_bits(const std::optional<Quantizer>& quantizer) {
  if (!quantizer || std::holds_alternative<DorefaWeight>(*quantizer)) return 0;
  return options(*quantizer).bits;
}

// As layers/activation_quantizer.cpp and find_chains need it: plain_grid(), without asking for its numbers.
bool has_plain_grid(const Quantizer& quantizer) {
  return std::holds_alternative<LearnedScaleShift>(quantizer) ||
         std::holds_alternative<DorefaActivation>(quantizer);
}

bool learns(const Quantizer& quantizer) {
  return !std::holds_alternative<DorefaWeight>(quantizer) &&
         !std::holds_alternative<DorefaActivation>(quantizer);
}

NodeFacts facts(const Conv2d& conv, std::span<const Shape> inputs) {
  NodeFacts facts{.role = Role::convolution};
  facts.learns = conv.weight.wants_gradient();
  facts.weight_bits = code_bits(conv.weight_quantizer);
  facts.biased = !conv.bias.empty();
  facts.grouped = conv.options.groups > 1;
  facts.depthwise = kernels::is_depthwise(with_batch(1, inputs[0]), conv.weight.shape(), conv.geometry());
  return facts;
}

NodeFacts facts(const Linear& linear) {
  NodeFacts facts{.role = Role::linear};
  facts.learns = linear.weight.wants_gradient();
  facts.weight_bits = code_bits(linear.weight_quantizer);
  facts.biased = !linear.bias.empty();
  return facts;
}

NodeFacts facts(const Recurrent& layer) {
  NodeFacts facts{.role = Role::recurrent};
  facts.learns = layer.input_weight.wants_gradient();
  facts.weight_bits = code_bits(layer.input_quantizer);
  facts.biased = true;
  facts.state_of_codes = code_bits(layer.recurrent_quantizer) > 0;
  facts.bits = layer.hidden_quantizer ? options(*layer.hidden_quantizer).bits : 0;
  return facts;
}

NodeFacts facts(const ActivationQuantizer& layer) {
  NodeFacts facts{.role = Role::quantizer};
  facts.learns = learns(layer.quantizer);
  facts.bits = options(layer.quantizer).bits;
  facts.plain_grid = has_plain_grid(layer.quantizer);
  return facts;
}

NodeFacts of_role(Role role, bool learns = false) {
  NodeFacts facts{.role = role};
  facts.learns = learns;
  return facts;
}

NodeFacts facts(const Layer& layer, std::span<const Shape> inputs) {
  return std::visit(
      overloaded{
          [](const InputLayer&) { return of_role(Role::input); },
          [&](const Conv2d& conv) { return facts(conv, inputs); },
          [](const Linear& linear) { return facts(linear); },
          [](const BatchNorm& norm) { return of_role(Role::norm, norm.weight.wants_gradient()); },
          [](const Activation& activation) {
            NodeFacts facts{.role = Role::activation};
            facts.activation = activation.options.kind;
            return facts;
          },
          [](const Add&) { return of_role(Role::sum); },
          [&](const Multiply&) { return of_role(inputs[0] == inputs[1] ? Role::other : Role::factors); },
          [](const GlobalPool&) { return of_role(Role::mean); },
          [](const Dropout& dropout) {
            NodeFacts facts{.role = Role::dropout};
            facts.drops = dropout.options.rate > 0;
            return facts;
          },
          [](const ActivationQuantizer& quantizer) { return facts(quantizer); },
          [](const Embedding& table) { return of_role(Role::other, table.weight.wants_gradient()); },
          [](const Recurrent& recurrent) { return facts(recurrent); },
          []<typename Other>(const Other&) {
            static_assert(!HasWeights<Other>, "a layer with weights says what it is to the plan");
            return of_role(Role::other);
          },
      },
      layer);
}

}  // namespace

std::vector<NodeFacts> facts_of(const Network& network) {
  const std::vector<NetworkNode>& nodes = network.nodes();
  std::vector<NodeFacts> all;
  all.reserve(nodes.size());
  std::vector<Shape> shapes;
  for (const NetworkNode& node : nodes) {
    std::vector<std::size_t> inputs;
    shapes.clear();
    for (const NodeRef input : node.inputs) {
      inputs.push_back(static_cast<std::size_t>(input.index));
      shapes.push_back(nodes[inputs.back()].shape);
    }
    all.push_back(facts(node.layer, shapes));
    all.back().inputs = std::move(inputs);
  }
  for (const NodeRef output : network.outputs()) all[static_cast<std::size_t>(output.index)].output = true;
  return all;
}

}  // namespace nibble
