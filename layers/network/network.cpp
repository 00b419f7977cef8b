#include "layers/network/network.h"

#include <algorithm>

namespace nibble {
namespace {

std::size_t at(NodeRef ref) { return static_cast<std::size_t>(ref.index); }

// Layer's alternatives are the input and then those of LayerOptions, in order.
Layer make_layer(const LayerOptions& options, std::span<const Shape> inputs, const Rng& rng) {
  std::optional<Layer> layer;
  const auto make = [&]<std::size_t... i>(std::index_sequence<i...>) {
    ((options.index() == i
          ? void(layer.emplace(std::in_place_index<i + 1>, std::get<i>(options), inputs, rng))
          : void()),
     ...);
  };
  make(std::make_index_sequence<std::variant_size_v<LayerOptions>>());
  return std::move(*layer);
}

Shape shape_behind(const Layer& layer, std::span<const Shape> inputs) {
  return std::visit(overloaded{
                        [](const InputLayer& input) { return input.sample; },
                        [&](const auto& any) { return any.output_shape(inputs); },
                    },
                    layer);
}

}  // namespace

std::vector<Shape> Network::shapes_at(const Shape& sample) const {
  std::vector<Shape> shapes;
  std::vector<Shape> inputs;
  for (const NetworkNode& node : nodes_) {
    inputs.clear();
    for (const NodeRef input : node.inputs) inputs.push_back(shapes[static_cast<std::size_t>(input.index)]);
    try {
      const bool is_input = std::holds_alternative<InputLayer>(node.layer);
      shapes.push_back(is_input ? sample : shape_behind(node.layer, inputs));
    } catch (const Error& error) {
      fail("node '", node.name, "': ", error.what());
    }
  }
  return shapes;
}

NodeRef Network::add_input(const std::string& name, const Shape& sample) {
  check(nodes_.empty(), "node '", name, "': the input is the first node, found ", nodes_.size(),
        " nodes before it");
  check(sample.rank() > 0 && sample.count() > 0, "node '", name, "': found sample ", sample,
        ", expected at least one value");
  nodes_.push_back({name, {}, InputLayer{sample}, sample});
  return {0};
}

NodeRef Network::add_layer(const std::string& name, const LayerOptions& options,
                           const std::vector<NodeRef>& inputs) {
  check(!name.empty() && name.front() != '/' && name.back() != '/', "node '", name,
        "': found a name that is empty or begins or ends with '/', expected a path");
  check(std::none_of(nodes_.begin(), nodes_.end(), [&](const NetworkNode& n) { return n.name == name; }),
        "node '", name, "': another node has this name");
  std::vector<Shape> shapes;
  for (const NodeRef input : inputs) {
    check(input.index >= 0 && at(input) < nodes_.size(), "node '", name, "': found input number ",
          input.index, ", expected one of the ", nodes_.size(), " nodes before it");
    shapes.push_back(shape(input));
  }
  try {
    Layer layer = make_layer(options, shapes, rng_.stream(name));
    Shape output = shape_behind(layer, shapes);
    nodes_.push_back({name, inputs, std::move(layer), std::move(output)});
  } catch (const Error& error) {
    fail("node '", name, "': ", error.what());
  }
  return {static_cast<int>(nodes_.size()) - 1};
}

void Network::tie(NodeRef linear, NodeRef embedding) {
  auto* const reader = std::get_if<Linear>(&nodes_[at(linear)].layer);
  const auto* const owner = std::get_if<Embedding>(&nodes_[at(embedding)].layer);
  check(reader && owner, "tie: found nodes '", node(linear).name, "' and '", node(embedding).name,
        "', expected a linear layer and an embedding");
  check(reader->weight.shape() == owner->weight.shape(), "tie: found weights ", reader->weight.shape(),
        " of '", node(linear).name, "' and ", owner->weight.shape(), " of '", node(embedding).name,
        "', expected equal shapes");
  reader->weight = owner->weight;
  reader->tied = true;
}

void Network::set_outputs(const std::vector<NodeRef>& outputs) {
  check(!outputs.empty(), "network: found no output, expected at least one");
  for (auto output = outputs.begin(); output != outputs.end(); ++output) {
    check(output->index >= 0 && at(*output) < nodes_.size(), "network: found output number ", output->index,
          ", expected one of its ", nodes_.size(), " nodes");
    check(std::find(outputs.begin(), output, *output) == output, "network: found output '",
          node(*output).name, "' twice, expected each once");
  }
  outputs_ = outputs;
}

std::vector<NodeRef> Network::outputs() const {
  if (!outputs_.empty() || nodes_.empty()) return outputs_;
  return {{static_cast<int>(nodes_.size()) - 1}};
}

NodeRef Network::only_output() const {
  const std::vector<NodeRef> all = outputs();
  check(all.size() == 1, "network: found ", all.size(), " outputs, expected one");
  return all.front();
}

Plan& Network::current_plan(const PassKind& pass) {
  std::vector<NodeFacts> facts = facts_of(*this);
  const auto found = std::ranges::find_if(plans_, [&](const Plan& plan) { return plan.pass == pass; });
  if (found == plans_.end()) return plans_.emplace_back(make_plan(std::move(facts), pass));
  if (found->facts != facts) *found = make_plan(std::move(facts), pass);
  return *found;
}

const Plan& Network::last_plan() const {
  const auto found = std::ranges::find_if(plans_, [&](const Plan& plan) { return walked_ == plan.pass; });
  check(found != plans_.end(), "network: found no walk, expected one before its plan is read");
  return *found;
}

void Network::parameters(const ParameterFn& visit) {
  for (NetworkNode& node : nodes_) {
    std::visit(overloaded{
                   [](InputLayer&) {},
                   [&](auto& layer) {
                     layer.parameters([&](const std::string& name, ParameterKind kind, Var& value) {
                       visit(node.name + "/" + name, kind, value);
                     });
                   },
               },
               node.layer);
  }
}

NodeRef Network::insert_after(NodeRef producer, const std::string& name, const QuantizerOptions& options,
                              const std::vector<NodeRef>& consumers) {
  const auto reads = [&](NodeRef consumer) {
    const auto& inputs = node(consumer).inputs;
    return std::find(inputs.begin(), inputs.end(), producer) != inputs.end();
  };
  for (const NodeRef consumer : consumers) {
    check(consumer.index >= 0 && at(consumer) < nodes_.size() && reads(consumer), "node '", name,
          "': found consumer number ", consumer.index, ", expected a node that reads '", node(producer).name,
          "'");
  }

  add(name, options, {producer});  // at the end, with all its checks; then moved to its place
  NetworkNode quantizer = std::move(nodes_.back());
  nodes_.pop_back();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const NodeRef self{static_cast<int>(i)};
    const bool rewired =
        consumers.empty() || std::find(consumers.begin(), consumers.end(), self) != consumers.end();
    for (NodeRef& input : nodes_[i].inputs) {
      if (input.index > producer.index || (input == producer && rewired)) ++input.index;
    }
  }
  for (NodeRef& output : outputs_) {
    if (output.index > producer.index || (output == producer && consumers.empty())) ++output.index;
  }
  nodes_.insert(nodes_.begin() + producer.index + 1, std::move(quantizer));
  return {producer.index + 1};
}

}  // namespace nibble
