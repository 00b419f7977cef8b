#include "layers/network/quantize.h"

#include "layers/network/quantize_plan.h"

namespace nibble {
namespace {

void set_border(Layer& layer, Border border) {
  if (auto* conv = std::get_if<Conv2d>(&layer)) conv->border = border;
  if (auto* subsample = std::get_if<Subsample>(&layer)) subsample->border = border;
}

// Inserts quantizers into a network whose handles move while it grows.
class Inserter {
 public:
  explicit Inserter(Network& network) : network_(network), now_(network.nodes().size()) {
    for (std::size_t i = 0; i < now_.size(); ++i) now_[i] = {static_cast<int>(i)};
  }

  void insert(const PlannedOutput& output) {
    NodeRef behind = now(output.producer);
    if (output.shared) behind = insert_after(behind, *output.shared, {});
    for (const PlannedQuantizer& quantizer : output.coarser) {
      std::vector<NodeRef> readers;
      for (const NodeRef reader : quantizer.readers) readers.push_back(now(reader));
      insert_after(behind, quantizer, readers);
    }
  }

 private:
  NodeRef now(NodeRef before) const { return now_[static_cast<std::size_t>(before.index)]; }

  NodeRef insert_after(NodeRef producer, const PlannedQuantizer& quantizer,
                       const std::vector<NodeRef>& readers) {
    const NodeRef inserted = network_.insert_after(producer, quantizer.name, quantizer.options, readers);
    for (NodeRef& ref : now_) {
      if (ref.index > producer.index) ++ref.index;
    }
    return inserted;
  }

  Network& network_;
  std::vector<NodeRef> now_;  // today's handle of each node of the plan
};

}  // namespace

void quantize(Network& network, const QuantPolicy& policy) {
  if (policy.method == QuantMethod::none) return;
  const QuantizationPlan plan = plan_quantization(network, policy);
  for (const PlannedWeight& weight : plan.weights) {
    Layer& layer = network.nodes()[static_cast<std::size_t>(weight.node.index)].layer;
    *weights(layer)[weight.index].quantizer = make_quantizer(weight.options, weight.scales);
  }
  for (const PlannedState& state : plan.states) {
    auto& recurrent = std::get<Recurrent>(network.nodes()[static_cast<std::size_t>(state.node.index)].layer);
    recurrent.hidden_quantizer = make_quantizer(state.options, 1);
    if (policy.scope == QuantScope::all) recurrent.cell_fraction_bits = Var(Tensor({1}, {15}));
  }
  for (NetworkNode& node : network.nodes()) set_border(node.layer, policy.border);
  Inserter inserter(network);
  for (const PlannedOutput& output : plan.outputs) inserter.insert(output);
}

void initialize_quantizers(Network& network, const Tensor& sample, long sequences, bool settled) {
  for (NetworkNode& node : network.nodes()) {
    for (const Weights& found : weights(node.layer)) {
      if (!*found.quantizer || initialized(**found.quantizer)) continue;
      nibble::initialize(**found.quantizer, found.weight.value());
    }
  }
  const NoGradient evaluation;
  Pass pass;
  pass.initialize = true;
  pass.settled = settled;
  pass.sequences = sequences;
  network.forward_outputs(sample, pass);
}

}  // namespace nibble
