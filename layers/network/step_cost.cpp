#include "layers/network/step_cost.h"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "layers/network/step_traffic.h"

namespace nibble {
namespace {

constexpr double kReal = StepTraffic::kReal, kCode = StepTraffic::kCode;

// What a layer multiplies with its input.
struct Factor {
  double elements;
  bool quantized, codes;  // whether it has a quantizer, and whether the products are of codes
};

struct Costs {
  const Network& network;
  const Plan& plan;
  StepTraffic traffic;

  double elements(std::size_t i) const { return traffic.elements(i); }
  const Layer& layer(std::size_t i) const { return network.nodes()[i].layer; }

  // Depthwise products are of numbers, which codes become in the cache.
  Products products(const Factor& w, bool depthwise, bool backward) const {
    if (!w.codes || depthwise) return Products::float32;
    if (!backward) return kernels::has_byte_products() ? Products::int8 : Products::float32;
    const bool rounded = plan.pass.gradients == kernels::Precision::bfloat16;
    return rounded ? Products::bfloat16 : Products::float32;
  }

  // Convolution or linear layer: y = w · x, dx = dy · w, dw = dy · x.
  StepCost product(std::size_t i, const Factor& w) const {
    const double products_of_weights =
        elements(i) / static_cast<double>(network.nodes()[i].shape.back()) * w.elements;
    const GradientForm dx = traffic.node(i).inputs[0].gradient;
    // Of data the weight's gradient has channels for scale and shift of its grid.
    const bool of_grid = dx == GradientForm::of_grid;
    const bool depthwise =
        traffic.node(i).kernel == Kernel::depthwise || traffic.node(i).kernel == Kernel::depthwise_codes;
    const double weight_bytes = (w.codes ? kCode : kReal) * w.elements;
    StepCost cost;
    cost.forward = {traffic.read(i, 0) + traffic.written(i) + weight_bytes, 2 * products_of_weights,
                    products(w, depthwise, false)};
    cost.backward = {traffic.gradient_read(i) + traffic.read_again(i, 0) + weight_bytes + kReal * w.elements +
                         traffic.gradient_written(i, 0) + (of_grid ? kReal * elements(traffic.input(i)) : 0),
                     (of_grid                    ? 6
                      : dx == GradientForm::none ? 2
                                                 : 4) *
                         products_of_weights,
                     products(w, depthwise, true)};
    if (w.quantized) {
      cost.forward.bytes += (kReal + kCode + (w.codes ? 0 : kReal)) * w.elements;
      cost.backward.bytes += 3 * kReal * w.elements;
      cost.forward.operations += 5 * w.elements;
      cost.backward.operations += 8 * w.elements;
    }
    return cost;
  }

  StepCost product(std::size_t i, const Var& weight, bool quantized) const {
    return product(
        i, {static_cast<double>(weight.value().size()), quantized, traffic.node(i).multiplies_codes()});
  }

  // A convolution's bias is an op of its own.
  StepCost convolution(std::size_t i, const Conv2d& conv) const {
    StepCost cost = product(i, conv.weight, conv.weight_quantizer.has_value());
    if (conv.bias.empty()) return cost;
    const double y = elements(i);
    cost.forward.bytes += 2 * kReal * y;
    cost.forward.operations += y;
    cost.backward.bytes += kReal * y;
    cost.backward.operations += y;
    return cost;
  }

  StepCost recurrent(std::size_t i, const Recurrent& layer) const {
    StepCost cost = product(i, layer.input_weight, layer.input_quantizer.has_value());
    const StepCost state =
        product(i, {static_cast<double>(layer.recurrent_weight.value().size()),
                    layer.recurrent_quantizer.has_value(), traffic.node(i).state_of_codes});
    const double y = elements(i);
    cost.forward.bytes += state.forward.bytes + 2 * kReal * y;
    cost.forward.operations += state.forward.operations + y;
    cost.backward.bytes += state.backward.bytes + kReal * y;
    cost.backward.operations += state.backward.operations + y;
    return cost;
  }

  // Operations of an element, forward and backward.
  struct Steps {
    double forward, backward;
  };
  Steps steps(std::size_t i) const {
    switch (plan.facts[i].role) {
      case Role::norm:
        return {5, 9};
      case Role::quantizer:
        return {5, 8};
      case Role::sum:
        return {1, 0};
      default:
        return {1, 2};
    }
  }

  // Pointwise steps in one sweep, alone or as a chain: norm | sum | product, then activations and quantizers.
  StepCost pointwise(std::span<const std::size_t> nodes) const {
    const std::size_t head = nodes.front();
    const double n = elements(head);
    const FusedChain* const chain = traffic.chain_of(head);
    const bool norm = plan.facts[head].role == Role::norm;
    double sources = 0, sources_again = 0;
    for (std::size_t k = 0; k < plan.facts[head].inputs.size(); ++k) {
      if (plan.facts[head].role == Role::factors && k == 1) continue;  // next to nothing
      sources += traffic.read(head, k);
      sources_again += traffic.read_again(head, k);
    }
    StepCost cost;
    PassCost &forward = cost.forward, &backward = cost.backward;
    forward.bytes = sources;
    backward.bytes = sources_again + (chain && chain->choice.gradient_when_read ? 0 : kReal * n);
    for (const std::size_t i : nodes) {
      forward.bytes += traffic.written(i);
      if (traffic.node(i).leaves != Form::inside) backward.bytes += traffic.gradient(i);
      forward.operations += steps(i).forward * n;
      backward.operations += steps(i).backward * n;
      if (chain) backward.operations += (i == head && norm ? 2 : steps(i).forward) * n;  // once more
    }
    if (norm && !traffic.node(traffic.input(head)).moments) forward.bytes += kReal * n;
    if (norm && !chain) backward.bytes += kReal * n + sources_again;       // the second sweep is its own
    if (!chain && plan.facts[head].role == Role::sum) backward.bytes = 0;  // both inputs share dy
    // Their readers' costs hold what is computed where it is read, and what is taken where it is written.
    if (chain && chain->choice.made_when_read) forward = {};
    if (traffic.shown(nodes.back())) backward = {};
    return cost;
  }

  // Reads its inputs and writes its output, and the other way round.
  StepCost movement(std::size_t i, double operations_per_input) const {
    StepCost cost;
    if (traffic.node(i).kernel == Kernel::passed_on) return cost;
    double in = 0, read = 0;
    for (std::size_t k = 0; k < plan.facts[i].inputs.size(); ++k) {
      in += elements(traffic.input(i, k));
      read += traffic.read(i, k);
    }
    cost.forward = {read + traffic.written(i), operations_per_input * in, Products::none};
    cost.backward = {kReal * (elements(i) + in), operations_per_input * in, Products::none};
    return cost;
  }

  StepCost of(std::size_t i) const {
    return std::visit(
        overloaded{
            [](const InputLayer&) { return StepCost(); },
            [](const Flatten&) { return StepCost(); },
            [&](const Conv2d& conv) { return convolution(i, conv); },
            [&](const Linear& linear) {
              return product(i, linear.weight, linear.weight_quantizer.has_value());
            },
            [&](const BatchNorm&) {
              return pointwise({&i, 1});
            },
            [&](const Activation&) {
              return pointwise({&i, 1});
            },
            [&](const Add&) {
              return pointwise({&i, 1});
            },
            [&](const ActivationQuantizer&) {
              return pointwise({&i, 1});
            },
            [&](const Multiply&) {
              StepCost cost = movement(i, 1);
              cost.backward.bytes += cost.forward.bytes - kReal * elements(i);  // the other factor
              return cost;
            },
            [&](const Pool& pool) {
              const Size2 kernel = pool.options.kernel, stride = pool.options.stride;
              return movement(i, static_cast<double>(kernel.h * kernel.w) / (stride.h * stride.w));
            },
            [&](const GlobalPool&) { return movement(i, 1); },
            [&](const Embedding&) { return movement(i, 0); },
            [&](const Recurrent& layer) { return recurrent(i, layer); },
            [&]<typename Other>(const Other&) {  // moves values
              static_assert(!HasWeights<Other>, "a layer with weights says what a step of it costs");
              return movement(i, 0);
            },
        },
        layer(i));
  }
};

}  // namespace

const char* name(Products products) {
  static constexpr const char* names[] = {"none", "float32", "bfloat16", "int8"};
  static_assert(std::size(names) == static_cast<std::size_t>(Products::int8) + 1);
  return names[static_cast<std::size_t>(products)];
}

StepCost step_cost(const Network& network, const Plan& plan, std::span<const std::size_t> nodes, long batch) {
  assert(!nodes.empty());
  const Costs costs{network, plan, StepTraffic(network, plan, batch)};
  return nodes.size() == 1 ? costs.of(nodes.front()) : costs.pointwise(nodes);
}

}  // namespace nibble
