// Network::forward: the nodes in order, as the plan says (layers/network/plan.h).

#include <algorithm>

#include "layers/network/run_chain.h"
#include "layers/walk_listener.h"

namespace nibble {
namespace {

std::size_t number_of(NodeRef ref) { return static_cast<std::size_t>(ref.index); }

// Runs work that knows its layer but not its node, and puts the node's name in front of what goes wrong.
template <typename Work>
auto named(const std::string& node, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    fail("node '", node, "': ", error.what());
  }
}

class Walk {
 public:
  Walk(Network& network, const Plan& plan, const Pass& pass, const Network::Listener& listener,
       NetworkState* state)
      : network_(network),
        nodes_(network.nodes()),
        plan_(plan),
        pass_(pass),
        listener_(listener),
        state_(state),
        actual_(plan.nodes),
        signals_(nodes_.size()),
        done_(nodes_.size(), false),
        last_reader_(nodes_.size(), 0),
        is_output_(nodes_.size(), false) {
    for (const NodeRef output : network.outputs()) is_output_[number_of(output)] = true;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (const NodeRef input : nodes_[i].inputs) last_reader_[number_of(input)] = i;
    }
  }

  std::vector<Var> run(const Tensor& x) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (plan_.nodes[i].chain >= 0 && !done_[i]) walk_chain(i);
      if (!done_[i]) walk_node(i, x);
      if (listener_) listener_(nodes_[i], signals_[i]);
      drop(i);
    }
    std::vector<Var> results;
    for (const NodeRef output : network_.outputs()) results.push_back(signals_[number_of(output)].value);
    return results;
  }

  std::vector<NodePlan> actual() { return std::move(actual_); }

 private:
  std::vector<Signal> inputs_of(std::size_t i) const {
    std::vector<Signal> inputs;
    for (const NodeRef input : nodes_[i].inputs) inputs.push_back(signals_[number_of(input)]);
    return inputs;
  }

  // All of a chain, when its head is reached. If the chain cannot, its nodes are left to be walked one by
  // one.
  void walk_chain(std::size_t head) {
    const FusedChain& chain = plan_.chains[static_cast<std::size_t>(plan_.nodes[head].chain)];
    if (chain.nodes.front() != head) return;
    WalkListener::tell(chain.nodes);
    const std::vector<Signal> inputs = inputs_of(head);
    const std::vector<Signal> outputs =
        named(nodes_[head].name, [&] { return run_fused_chain(network_, chain, inputs, pass_); });
    for (std::size_t k = 0, output = 0; k < chain.nodes.size(); ++k) {
      const std::size_t i = chain.nodes[k];
      done_[i] = !outputs.empty();
      if (!done_[i]) actual_[i] = NodePlan{};
      if (done_[i] && chain.kept[k]) leave(i, outputs[output++]);
    }
  }

  void walk_node(std::size_t i, const Tensor& x) {
    WalkListener::tell(std::span(&i, 1));
    NetworkNode& node = nodes_[i];
    const std::vector<Signal> inputs = inputs_of(i);
    Pass pass = pass_;
    pass.node = &actual_[i];
    leave(i, named(node.name, [&] {
            return std::visit(overloaded{
                                  [&](InputLayer&) { return Signal(Var(x)); },
                                  [&](Recurrent& layer) {
                                    std::vector<Tensor> start;
                                    return layer.forward(inputs, pass, state_ ? (*state_)[node.name] : start);
                                  },
                                  [&](auto& layer) { return layer.forward(inputs, pass); },
                              },
                              node.layer);
          }));
  }

  void leave(std::size_t i, Signal output) {
    actual_[i].leaves = output.form();
    actual_[i].moments = output.moments() != nullptr;
    signals_[i] = std::move(output);
  }

  // A signal is dropped after its last reader, so that an evaluation holds a few activations and not all of
  // them. (In training the tape keeps what the backward pass needs.)
  void drop(std::size_t i) {
    for (const NodeRef input : nodes_[i].inputs) {
      if (last_reader_[number_of(input)] == i && !is_output_[number_of(input)])
        signals_[number_of(input)] = {};
    }
    if (last_reader_[i] == 0 && !is_output_[i]) signals_[i] = {};  // nobody reads it
  }

  Network& network_;
  std::vector<NetworkNode>& nodes_;
  const Plan& plan_;
  const Pass& pass_;
  const Network::Listener& listener_;
  NetworkState* const state_;
  std::vector<NodePlan> actual_;
  std::vector<Signal> signals_;
  std::vector<bool> done_;
  std::vector<std::size_t> last_reader_;
  std::vector<bool> is_output_;
};

// Whether the edges of both follow from the same.
bool done_alike(const NodePlan& a, const NodePlan& b) {
  return a.kernel == b.kernel && a.leaves == b.leaves && a.chain == b.chain;
}

bool can_read(const Network& network, const Shape& batch) {
  const Shape& sample = network.input_shape();
  if (batch.rank() != sample.rank() + 1 || batch[0] <= 0) return false;
  if (std::equal(sample.extents().begin(), sample.extents().end(), batch.extents().begin() + 1)) return true;
  const std::vector<NodeRef> outputs = network.outputs();
  return sample.rank() == 3 && batch[1] > 0 && batch[2] > 0 && batch[3] == sample[2] &&
         std::ranges::all_of(outputs, [&](NodeRef output) { return network.shape(output).rank() == 3; });
}

}  // namespace

Var Network::forward(const Tensor& x, const Pass& pass, const Listener& listener, NetworkState* state) {
  only_output();
  return forward_outputs(x, pass, listener, state).front();
}

std::vector<Var> Network::forward_outputs(const Tensor& x, const Pass& pass, const Listener& listener,
                                          NetworkState* state) {
  check(!nodes_.empty(), "network: found no node, expected at least an input");
  check(can_read(*this, x.shape()), "network: found a batch ", x.shape(), ", expected [N, ...] of samples ",
        input_shape());
  check(pass.float_share == 0 || (pass.plain && pass.rng), "network: found a pass whose quantizers leave a ",
        "share of values as they are, expected it plain and with random numbers");
  Plan& plan =
      current_plan({pass.training, pass.initialize, pass.plain, listener != nullptr, pass.gradients});
  walked_ = plan.pass;
  Walk walk(*this, plan, pass, listener, state);
  std::vector<Var> outputs = walk.run(x);
  std::vector<NodePlan> actual = walk.actual();
  if (!std::ranges::equal(actual, plan.nodes, done_alike)) plan_edges(plan, actual);
  plan.actual = std::move(actual);
  return outputs;
}

}  // namespace nibble
