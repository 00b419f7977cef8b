#include "layers/network/network.h"

#include <algorithm>

#include "layers/network/fuse.h"
#include "layers/network/walk_listener.h"

namespace nibble {
namespace {

std::size_t at(NodeRef ref) { return static_cast<std::size_t>(ref.index); }

// Runs work that knows its layer but not its node, and puts the node's name in front of what goes wrong.
template <typename Work>
auto named(const std::string& node, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    fail("node '", node, "': ", error.what());
  }
}

}  // namespace

NodeRef Network::add_input(const std::string& name, const Shape& sample) {
  check(nodes_.empty(), "node '", name, "': the input is the first node, found ", nodes_.size(),
        " nodes before it");
  check(sample.rank() > 0 && sample.count() > 0, "node '", name, "': found sample ", sample,
        ", expected at least one value");
  nodes_.push_back({name, {}, InputLayer{sample}, sample});
  return {0};
}

template <typename LayerType, typename Options>
NodeRef Network::add_layer(const std::string& name, const Options& options,
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
  nodes_.push_back(named(name, [&] {
    LayerType layer(options, shapes, rng_.stream(name));
    Shape output = layer.output_shape(shapes);
    return NetworkNode{name, inputs, std::move(layer), std::move(output)};
  }));
  return {static_cast<int>(nodes_.size()) - 1};
}

NodeRef Network::add(const std::string& name, const Conv2dOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Conv2d>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const LinearOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Linear>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const BatchNormOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<BatchNorm>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const ActivationOptions& o,
                     const std::vector<NodeRef>& inputs) {
  return add_layer<Activation>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const AddOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Add>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const MultiplyOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Multiply>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const ConcatOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Concat>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const PoolOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Pool>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const GlobalPoolOptions& o,
                     const std::vector<NodeRef>& inputs) {
  return add_layer<GlobalPool>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const UpsampleOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Upsample>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const FlattenOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Flatten>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const SubsampleOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Subsample>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const DropoutOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Dropout>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const SliceOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Slice>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const QuantizerOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<ActivationQuantizer>(name, o, inputs);
}

NodeRef Network::add(const std::string& name, const EmbeddingOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Embedding>(name, o, inputs);
}
NodeRef Network::add(const std::string& name, const RecurrentOptions& o, const std::vector<NodeRef>& inputs) {
  return add_layer<Recurrent>(name, o, inputs);
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

Var Network::forward(const Tensor& x, const Pass& pass, const Observer& observe, NetworkState* state) {
  const std::vector<Var> all = forward_outputs(x, pass, observe, state);
  check(all.size() == 1, "network: found ", all.size(), " outputs, expected one");
  return all.front();
}

std::vector<Var> Network::forward_outputs(const Tensor& x, const Pass& pass, const Observer& observe,
                                          NetworkState* state) {
  check(!nodes_.empty(), "network: found no node, expected at least an input");
  check(x.shape().rank() == input_shape().rank() + 1 && x.shape()[0] > 0 &&
            x.shape().row() == input_shape().count() &&
            std::equal(input_shape().extents().begin(), input_shape().extents().end(),
                       x.shape().extents().begin() + 1),
        "network: found a batch ", x.shape(), ", expected [N, ...] of samples ", input_shape());

  // The last node that reads each signal; after it the signal is dropped, so that an evaluation holds a few
  // activations and not all of them. (In training the tape keeps what the backward pass needs.)
  std::vector<bool> is_output(nodes_.size(), false);
  for (const NodeRef output : outputs()) is_output[at(output)] = true;
  std::vector<std::size_t> last_reader(nodes_.size(), 0);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (const NodeRef input : nodes_[i].inputs) last_reader[at(input)] = i;
  }

  // An observer wants to see every node, and initialization needs what reaches each quantizer.
  std::vector<const FusedChain*> chain_at(nodes_.size(), nullptr);
  const std::vector<FusedChain> chains =
      pass.plain || pass.initialize || observe ? std::vector<FusedChain>{} : find_chains(*this);
  for (const FusedChain& chain : chains) chain_at[chain.nodes.front()] = &chain;

  std::vector<Signal> signals(nodes_.size());
  std::vector<bool> done(nodes_.size(), false);
  std::vector<Signal> inputs;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    NetworkNode& node = nodes_[i];
    inputs.clear();
    for (const NodeRef input : node.inputs) inputs.push_back(signals[at(input)]);
    if (chain_at[i] != nullptr) {
      const FusedChain& chain = *chain_at[i];
      WalkListener::tell(chain.nodes);
      const std::vector<Signal> outputs =
          named(node.name, [&] { return run_chain(*this, chain, inputs, pass); });
      for (std::size_t k = 0, output = 0; k < chain.nodes.size() && !outputs.empty(); ++k) {
        done[chain.nodes[k]] = true;
        if (chain.kept[k]) signals[chain.nodes[k]] = outputs[output++];
      }
    }
    if (!done[i]) {
      WalkListener::tell(std::span(&i, 1));
      signals[i] = std::visit(
          overloaded{
              [&](InputLayer&) { return Signal(Var(x)); },
              [&](Recurrent& layer) {
                std::vector<Tensor> start;
                return named(node.name, [&] {
                  return layer.forward(inputs, pass, state ? (*state)[node.name] : start);
                });
              },
              [&](auto& layer) { return named(node.name, [&] { return layer.forward(inputs, pass); }); },
          },
          node.layer);
    }
    if (observe) observe(node, signals[i]);
    inputs.clear();
    for (const NodeRef input : node.inputs) {
      if (last_reader[at(input)] == i && !is_output[at(input)]) signals[at(input)] = {};
    }
    if (last_reader[i] == 0 && !is_output[i]) signals[i] = {};  // nobody reads it
  }
  std::vector<Var> results;
  for (const NodeRef output : outputs()) results.push_back(signals[at(output)].value);
  return results;
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
    if (output.index > producer.index) ++output.index;
  }
  nodes_.insert(nodes_.begin() + producer.index + 1, std::move(quantizer));
  return {producer.index + 1};
}

}  // namespace nibble
