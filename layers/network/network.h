#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "layers/layer.h"
#include "layers/network/plan.h"

namespace nibble {

/// A handle to a node of one network.
struct NodeRef {
  int index = -1;
  bool operator==(const NodeRef&) const = default;
};

struct NetworkNode {
  std::string name;             // a path for people and files: "layer1/0/conv1"
  std::vector<NodeRef> inputs;  // always earlier nodes
  Layer layer;
  Shape shape;  // of the output, without the batch
};

/// A small directed acyclic graph of typed layers: the one definition of a model, trained, quantized, lowered
/// and emitted. Nodes stand in an order in which they can be computed; the last one is the output, unless
/// set_outputs says otherwise.
class Network {
 public:
  /// Weights are drawn from rng.stream(node name), so they do not depend on the order of construction.
  explicit Network(Rng rng = Rng(0)) : rng_(rng) {}

  NodeRef add_input(const std::string& name, const Shape& sample);
  /// Infers the shape at once, so that a mistake is reported where it was made. The type of the options
  /// selects the layer: Conv2dOptions adds a Conv2d, QuantizerOptions an ActivationQuantizer.
  template <OptionsOfLayer Options>
  NodeRef add(const std::string& name, const Options& options, const std::vector<NodeRef>& inputs) {
    return add_layer(name, options, inputs);
  }
  /// Makes a linear layer use the weight of an embedding of the same shape, so that both are one parameter
  /// (Press & Wolf 2017). Each keeps a quantizer of its own.
  void tie(NodeRef linear, NodeRef embedding);

  const std::vector<NetworkNode>& nodes() const { return nodes_; }
  std::vector<NetworkNode>& nodes() { return nodes_; }
  const NetworkNode& node(NodeRef ref) const { return nodes_[static_cast<std::size_t>(ref.index)]; }
  const Shape& shape(NodeRef ref) const { return node(ref).shape; }
  const Shape& input_shape() const { return nodes_.front().shape; }
  /// Of a network with one output. Throws Error for one with several.
  const Shape& output_shape() const { return shape(only_output()); }

  /// The nodes' shapes if the input were this one. Throws Error naming the first node whose inputs do not
  /// fit.
  std::vector<Shape> shapes_at(const Shape& sample) const;

  /// What the caller gets, in this order; other nodes may read it too. Each node once, at least one. Throws
  /// Error for anything else.
  void set_outputs(const std::vector<NodeRef>& outputs);
  /// Whether outputs were set.
  bool names_outputs() const { return !outputs_.empty(); }
  /// The last node that was added, unless others were set.
  std::vector<NodeRef> outputs() const;

  /// Sees each node's output as it is computed.
  using Listener = std::function<void(const NetworkNode& node, const Signal& output)>;

  /// x: [N, ...sample]; a network whose outputs are all images, [H, W, C], reads images of other heights and
  /// widths, too, as far as its layers fit each other then (shapes_at). Intermediate signals are dropped
  /// after their last use. A network with recurrent layers needs pass.sequences, and reads and replaces
  /// `state`; without one it starts from zero. The output of a network that has one. Throws Error for one
  /// with several.
  Var forward(const Tensor& x, const Pass& pass, const Listener& listener = {},
              NetworkState* state = nullptr);
  /// All outputs, in their order.
  std::vector<Var> forward_outputs(const Tensor& x, const Pass& pass, const Listener& listener = {},
                                   NetworkState* state = nullptr);

  /// How a pass is computed (layers/network/plan.h). Made when it is first asked for, and again when nodes
  /// have changed; valid until then.
  const Plan& plan(const PassKind& pass) { return current_plan(pass); }
  /// The plan of the last walk, and what that walk did. Throws Error before the first.
  const Plan& last_plan() const;

  /// Every parameter and statistic with its path, "layer1/0/conv1/weight".
  void parameters(const ParameterFn& visit);

  /// Puts a node between `producer` and the given consumers (all of them if empty, the caller of the network
  /// too), after the producer.
  /// Handles of later nodes move up by one; returns the new node's.
  NodeRef insert_after(NodeRef producer, const std::string& name, const QuantizerOptions& options,
                       const std::vector<NodeRef>& consumers = {});

 private:
  NodeRef add_layer(const std::string& name, const LayerOptions& options, const std::vector<NodeRef>& inputs);
  Plan& current_plan(const PassKind& pass);

  NodeRef only_output() const;

  Rng rng_;
  std::vector<NetworkNode> nodes_;
  std::vector<NodeRef> outputs_;  // empty: the last node
  std::deque<Plan> plans_;        // one for each kind of pass that was walked or asked for
  std::optional<PassKind> walked_;
};

}  // namespace nibble
