// The chains of quant/chains/pointwise_chain.h, in float and with quantizers on the same shapes. The
// difference is the cost of fake quantization within a chain. Also the quantizers of weights alone.

#include "bench/kernels/benches.h"
#include "layers/network/run_chain.h"

namespace nibble::bench {

namespace {

constexpr PassKind kTraining{.training = true};

std::string layers_of(const Network& network, const FusedChain& chain) {
  std::string text;
  for (const std::size_t i : chain.nodes)
    text += (text.empty() ? "" : "+") + std::string(kind(network.nodes()[i].layer));
  return text;
}

Shape batched(const Shape& sample, long batch) {
  Shape shape = Shape{batch, sample[0]};
  if (sample.rank() == 3) shape = {batch, sample[0], sample[1], sample[2]};
  return shape;
}

void initialize_quantizer(NetworkNode& node) {
  auto* const quantizer = std::get_if<ActivationQuantizer>(&node.layer);
  if (quantizer && !initialized(quantizer->quantizer))
    initialize(quantizer->quantizer, random_tensor({4096}));
}

// The inputs of a chain: codes if they come from a quantizer, else real numbers, with their moments if the
// convolution in front computes these.
std::vector<Signal> inputs_of(Network& network, const FusedChain& chain, long batch) {
  std::vector<Signal> inputs;
  const NetworkNode& head = network.nodes()[chain.nodes.front()];
  for (const NodeRef ref : head.inputs) {
    NetworkNode& source = network.nodes()[static_cast<std::size_t>(ref.index)];
    const Var x(random_tensor(batched(source.shape, batch)), true);
    initialize_quantizer(source);
    if (const auto* quantizer = std::get_if<ActivationQuantizer>(&source.layer)) {
      inputs.push_back(nibble::apply(quantizer->quantizer, x));
      continue;
    }
    inputs.push_back(x);
    const auto* conv = std::get_if<Conv2d>(&source.layer);
    if (conv && conv->weight_quantizer && conv->options.groups == 1)
      inputs.back().carried = kernels::channel_moments(x.value());
  }
  return inputs;
}

void add_chain(Network& network, const FusedChain& chain, long batch, const std::string& name,
               const MachinePeaks& peaks) {
  const StepCost cost = step_cost(network, network.plan(kTraining), chain.nodes, batch);
  const auto prepare = [&network, chain, batch] {
    for (const std::size_t i : chain.nodes) initialize_quantizer(network.nodes()[i]);
    return inputs_of(network, chain, batch);
  };
  const Pass pass{.training = true};
  add_benchmark("chain_forward/" + name, [=, &network, &peaks](benchmark::State& state) {
    const NoGradient nothing_kept;
    const std::vector<Signal> inputs = prepare();
    measure(state, cost.forward, peaks,
            [&] { benchmark::DoNotOptimize(run_fused_chain(network, chain, inputs, pass)); });
  });

  // In training the convolution that reads the gradient at a norm's input computes it. Here a further pass
  // computes it.
  PassCost backward = cost.backward;
  const NetworkNode& head = network.nodes()[chain.nodes.front()];
  if (std::holds_alternative<BatchNorm>(head.layer))
    backward.bytes += 3 * sizeof(Real) * static_cast<double>(batch * head.shape.count());
  add_benchmark("chain_backward/" + name, [=, &network, &peaks](benchmark::State& state) {
    std::vector<Signal> inputs = prepare();
    const Tensor dy = random_tensor(batched(network.nodes()[chain.nodes.back()].shape, batch));
    const auto forward = [&] {
      for (Signal& input : inputs) input.value.clear_gradient();
      return run_fused_chain(network, chain, inputs, pass).back().value;
    };
    measure(state, backward, peaks, forward, [&](const Var& y) { nibble::backward(y, dy); });
  });
}

void add_chains_of(Network& network, const NetShapes& net, const MachinePeaks& peaks) {
  Seen seen;
  for (const FusedChain& chain : network.plan(kTraining).chains) {
    const NetworkNode& head = network.nodes()[chain.nodes.front()];
    const std::string layers = layers_of(network, chain);
    if (!seen.first(str(layers, head.shape))) continue;
    add_chain(network, chain, net.batch, str(net.name, "/", head.name, "/", layers), peaks);
  }
}

// 4 + 1 bytes a weight forward (values in, codes out), 12 backward.
void add_weight_quantizer(const std::string& name, const Weights& w, const MachinePeaks& peaks) {
  const double n = static_cast<double>(w.weight.value().size());
  const auto prepare = [w] {
    if (!initialized(**w.quantizer)) initialize(**w.quantizer, w.weight.value());
  };
  const auto quantized = [w] {
    Var weight = w.weight;
    weight.clear_gradient();
    return nibble::apply(**w.quantizer, weight);
  };
  add_benchmark("weight_quantizer_forward/" + name, [=, &peaks](benchmark::State& state) {
    const NoGradient nothing_kept;
    prepare();
    measure(state, {5 * n, 5 * n, Products::none}, peaks,
            [&] { benchmark::DoNotOptimize(quantized().value); });
  });
  add_benchmark("weight_quantizer_backward/" + name, [=, &peaks](benchmark::State& state) {
    prepare();
    const Tensor dy = random_tensor(w.weight.shape());
    measure(
        state, {12 * n, 8 * n, Products::none}, peaks, [&] { return quantized().value; },
        [&](const Var& y) { nibble::backward(y, dy); });
  });
}

void add_weight_quantizers(NetShapes& net, const MachinePeaks& peaks) {
  Seen seen;
  for (NetworkNode& node : net.quantized.nodes()) {
    for (const Weights& w : weights(node.layer)) {
      if (*w.quantizer && seen.first(str(w.weight.shape())))
        add_weight_quantizer(net.name + "/" + node.name, w, peaks);
    }
  }
}

}  // namespace

void add_chains(std::vector<NetShapes>& nets, const MachinePeaks& peaks) {
  for (NetShapes& net : nets) {
    add_chains_of(net.real, net, peaks);
    add_chains_of(net.quantized, net, peaks);
    add_weight_quantizers(net, peaks);
  }
}

}  // namespace nibble::bench
