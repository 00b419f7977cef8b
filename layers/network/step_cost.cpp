#include "layers/network/step_cost.h"

#include <algorithm>

#include "core/kernels/conv/depthwise_conv2d.h"
#include "layers/check_inputs.h"

namespace nibble {
namespace {

constexpr double kReal = sizeof(Real), kCode = 1, kSum = 2, kBfloat16 = 2;

bool is_norm(const Layer& layer) { return std::holds_alternative<BatchNorm>(layer); }

// ReLU or ReLU6: computed again rather than written and read.
bool is_limit(const Layer& layer) {
  const auto* step = std::get_if<Activation>(&layer);
  return step && (step->options.kind == ActivationKind::relu || step->options.kind == ActivationKind::relu6);
}

// Whether a node's output travels as codes.
bool is_coded(const Layer& layer) {
  const auto* quantizer = std::get_if<ActivationQuantizer>(&layer);
  return quantizer != nullptr && options(quantizer->quantizer).bits <= 8;
}

// A network, a batch and questions about them.
struct Costs {
  const Network& network;
  double batch;
  kernels::GradientPrecision gradients;

  const NetworkNode& node(std::size_t i) const { return network.nodes()[i]; }
  double elements(std::size_t i) const { return batch * static_cast<double>(node(i).shape.count()); }
  std::size_t input(std::size_t i, std::size_t k = 0) const {
    return static_cast<std::size_t>(node(i).inputs[k].index);
  }
  bool coded(std::size_t i) const { return is_coded(node(i).layer); }
  // Nothing in front of the input learns.
  bool wants_gradient(std::size_t i) const { return !std::holds_alternative<InputLayer>(node(i).layer); }

  std::vector<std::size_t> readers(std::size_t i) const {
    std::vector<std::size_t> found;
    for (std::size_t r = i + 1; r < network.nodes().size(); ++r) {
      const auto& inputs = node(r).inputs;
      if (std::find(inputs.begin(), inputs.end(), NodeRef{static_cast<int>(i)}) != inputs.end())
        found.push_back(r);
    }
    return found;
  }

  bool depthwise(std::size_t i) const {
    const auto* conv = std::get_if<Conv2d>(&node(i).layer);
    return conv && kernels::is_depthwise(with_batch(1, network.shape(node(i).inputs[0])),
                                         conv->weight.shape(), conv->geometry());
  }
  // Depthwise products are of numbers, which codes become in the cache.
  bool multiplies_codes(std::size_t i) const {
    const auto* conv = std::get_if<Conv2d>(&node(i).layer);
    return conv && conv->weight_quantizer && options(*conv->weight_quantizer).bits <= 8 &&
           (conv->options.groups == 1 || depthwise(i)) && coded(input(i));
  }
  // Whether a layer counts the moments of what it writes.
  bool counts_moments(std::size_t i) const {
    const auto* conv = std::get_if<Conv2d>(&node(i).layer);
    return conv && conv->bias.empty();
  }

  // Squeeze-and-excitation: an image times factors for each channel.
  bool multiplies_channels(std::size_t i) const {
    return std::holds_alternative<Multiply>(node(i).layer) &&
           network.shape(node(i).inputs[0]) != network.shape(node(i).inputs[1]);
  }

  // Whether a node that reads codes of `source` never asks for real numbers.
  bool reads_codes(std::size_t i, std::size_t source) const {
    const Layer& layer = node(i).layer;
    return multiplies_codes(i) || std::holds_alternative<Add>(layer) ||
           std::holds_alternative<GlobalPool>(layer) || (multiplies_channels(i) && source == input(i));
  }

  // A limit behind a norm, at the end of their chain: convolutions compute it in pieces when they read it.
  bool made_when_read(std::size_t i) const {
    if (!is_limit(node(i).layer) || !is_norm(node(input(i)).layer) || readers(input(i)).size() != 1)
      return false;
    const auto all = readers(i);
    return std::none_of(all.begin(), all.end(), [&](std::size_t r) {
      const Layer& layer = node(r).layer;
      return std::holds_alternative<ActivationQuantizer>(layer) ||
             (all.size() == 1 && std::holds_alternative<Activation>(layer));
    });
  }

  // The same at its gradient: a convolution of numbers that is its only reader shows it to the norm.
  bool watched_when_made(std::size_t i) const {
    const auto all = readers(i);
    return made_when_read(i) && all.size() == 1 && std::holds_alternative<Conv2d>(node(all[0]).layer);
  }

  // Bytes of an element of what a convolution of numbers reads.
  double number_read(std::size_t i) const { return made_when_read(i) ? left_by(input(input(i))) : kReal; }

  // Reading a signal as real numbers; where it has none, the first who asks makes them.
  double read_reals(std::size_t i, std::size_t reader) const {
    const bool pieces = made_when_read(i);
    const auto takes_less = [&](std::size_t r) {
      return pieces ? std::holds_alternative<Conv2d>(node(r).layer) : reads_codes(r, i);
    };
    if (!coded(i) && !pieces) return kReal * elements(i);
    if (pieces && takes_less(reader)) return number_read(i) * elements(i);
    const auto all = readers(i);
    const auto first = std::find_if_not(all.begin(), all.end(), takes_less);
    const bool makes = first != all.end() && *first == reader;
    return (kReal + (makes ? (pieces ? number_read(i) : kCode) + kReal : 0)) * elements(i);
  }

  // Bytes of an element of what a node leaves to a norm: exact sums where 4-bit operands make them short.
  double left_by(std::size_t i) const {
    const auto* conv = std::get_if<Conv2d>(&node(i).layer);
    if (!multiplies_codes(i) || !conv->bias.empty()) return kReal;
    const auto& image = std::get<ActivationQuantizer>(node(input(i)).layer).quantizer;
    return options(*conv->weight_quantizer).bits <= 4 && options(image).bits <= 4 ? kSum : kReal;
  }

  // Bytes of an element of the gradient that a node's readers leave it.
  double gradient_of(std::size_t i) const {
    const auto all = readers(i);
    const bool by_codes = std::all_of(all.begin(), all.end(), [&](auto r) { return multiplies_codes(r); });
    const bool rounded = gradients == kernels::GradientPrecision::bfloat16 && !all.empty() && by_codes;
    return rounded ? kBfloat16 : kReal;
  }

  // Reading the gradient that arrives at a node: what a norm behind it says is made of the gradient behind
  // its chain and of what this node left.
  double read_gradient(std::size_t i) const {
    const auto behind = readers(i);
    if (behind.size() != 1 || !is_norm(node(behind[0]).layer)) return kReal * elements(i);
    std::size_t last = behind[0];
    for (;;) {
      const auto next = readers(last);
      if (next.size() != 1) break;
      if (!std::holds_alternative<Activation>(node(next[0]).layer) && !coded(next[0])) break;
      last = next[0];
    }
    return (last == behind[0] ? kReal : gradient_of(last) + left_by(i)) * elements(i);
  }

  // An image that a grid rounds and nobody learns.
  bool data(std::size_t i) const { return coded(i) && !wants_gradient(input(i)); }

  // Convolution or linear layer: y = w · x, dx = dy · w, dw = dy · x.
  StepCost product(std::size_t i, const Tensor& weight, bool quantized_weight, bool bias) const {
    const double weights = static_cast<double>(weight.size());
    const double products = elements(i) / static_cast<double>(node(i).shape.back()) * weights;
    const bool codes = multiplies_codes(i), numbers = !codes || depthwise(i);
    // Of data the weight's gradient has channels for scale and shift of its grid.
    const bool by_slopes = codes && !numbers && data(input(i));
    const bool dx = wants_gradient(input(i)) && !by_slopes;
    const double x = elements(input(i)), y = elements(i);
    StepCost cost;
    cost.forward = {codes ? kCode * x : read_reals(input(i), i), 2 * products,
                    numbers ? Products::float32 : Products::int8};
    cost.forward.bytes += left_by(i) * y + (codes ? kCode : kReal) * weights;
    cost.backward = {
        read_gradient(i) + ((codes ? kCode : number_read(input(i))) + (by_slopes ? kReal : 0)) * x,
        (by_slopes ? 6
         : dx      ? 4
                   : 2) *
            products,
        Products::float32};
    if (!numbers && gradients == kernels::GradientPrecision::bfloat16)
      cost.backward.products = Products::bfloat16;
    cost.backward.bytes += ((codes ? kCode : kReal) + kReal) * weights + (dx ? gradient_of(input(i)) * x : 0);
    if (quantized_weight) {
      cost.forward.bytes += (kReal + kCode + (codes ? 0 : kReal)) * weights;
      cost.backward.bytes += 3 * kReal * weights;
      cost.forward.operations += 5 * weights;
      cost.backward.operations += 8 * weights;
    }
    if (bias) {
      cost.forward.bytes += 2 * kReal * y;
      cost.forward.operations += y;
      cost.backward.bytes += kReal * y;
      cost.backward.operations += y;
    }
    return cost;
  }

  // Pointwise steps in one sweep, alone or as a chain: norm | sum | product, then activations and quantizers.
  StepCost pointwise(std::span<const std::size_t> nodes) const {
    const std::size_t head = nodes.front();
    const double n = elements(head);
    const bool alone = nodes.size() == 1;
    double sources = 0;  // bytes of an element of what the first step reads
    for (const NodeRef ref : node(head).inputs) {
      const std::size_t source = static_cast<std::size_t>(ref.index);
      if (multiplies_channels(head) && source == input(head, 1)) continue;  // next to nothing
      const bool as_codes = !is_norm(node(head).layer) && coded(source) && !alone;
      const bool as_sums = is_norm(node(head).layer) && !alone;
      sources += as_codes ? kCode : as_sums ? left_by(source) : read_reals(source, head) / elements(source);
    }
    StepCost cost;
    // Behind a norm the gradient at the chain's head is computed again where it is read, if that is short.
    const bool long_chain = std::any_of(nodes.begin(), nodes.end(), [&](std::size_t i) {
      return std::holds_alternative<Activation>(node(i).layer) && !is_limit(node(i).layer);
    });
    const bool head_written = alone || long_chain || std::holds_alternative<Add>(node(head).layer);
    double forward = sources, backward = (head_written ? kReal : 0) + sources, again = 0;
    for (const std::size_t i : nodes) {
      const std::vector<std::size_t> behind = readers(i);
      const bool outside = std::any_of(behind.begin(), behind.end(), [&](std::size_t reader) {
        return std::find(nodes.begin(), nodes.end(), reader) == nodes.end();
      });
      if (outside || i == nodes.back()) {
        forward += coded(i) ? kCode : kReal;
        backward += gradient_of(i);
      }
      const Layer& layer = node(i).layer;
      const bool quantizer = std::holds_alternative<ActivationQuantizer>(layer);
      const bool sum = std::holds_alternative<Add>(layer);
      const double steps = is_norm(layer) ? 5 : quantizer ? 5 : 1;
      cost.forward.operations += steps * n;
      cost.backward.operations += (is_norm(layer) ? 9 : quantizer ? 8 : sum ? 0 : 2) * n;
      again += is_norm(layer) ? 2 * n : steps * n;
    }
    if (made_when_read(nodes.back())) forward = 0, cost.forward.operations = 0;
    if (is_norm(node(head).layer)) {
      if (!counts_moments(input(head))) forward += kReal;
      if (alone) backward += kReal + sources;  // the second sweep is its own
    }
    if (alone && std::holds_alternative<Add>(node(head).layer)) backward = 0;  // both inputs share dy
    if (!alone) cost.backward.operations += again;
    if (watched_when_made(nodes.back())) backward = 0, cost.backward.operations = 0;
    cost.forward.bytes = forward * n;
    cost.backward.bytes = backward * n;
    return cost;
  }

  // Reads its inputs and writes its output, and the other way round.
  StepCost movement(std::size_t i, double operations_per_input) const {
    StepCost cost;
    double in = 0, read = 0;
    for (const NodeRef ref : node(i).inputs) {
      const std::size_t source = static_cast<std::size_t>(ref.index);
      in += elements(source);
      read += read_reals(source, i);
    }
    cost.forward = {read + kReal * elements(i), operations_per_input * in, Products::none};
    cost.backward = {kReal * (elements(i) + in), operations_per_input * in, Products::none};
    return cost;
  }

  StepCost of(std::size_t i) const {
    return std::visit(
        overloaded{
            [](const InputLayer&) { return StepCost(); },
            [](const Flatten&) { return StepCost(); },
            [&](const Conv2d& conv) {
              return product(i, conv.weight.value(), conv.weight_quantizer.has_value(), !conv.bias.empty());
            },
            [&](const Linear& linear) {
              return product(i, linear.weight.value(), linear.weight_quantizer.has_value(), false);
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
            [&](const GlobalPool&) {
              StepCost cost = movement(i, 1);
              if (coded(input(i))) cost.forward.bytes = kCode * elements(input(i)) + kReal * elements(i);
              return cost;
            },
            [&](const Concat&) { return movement(i, 0); },
            [&](const Upsample&) { return movement(i, 0); },
            [&](const Subsample&) { return movement(i, 0); },
            [&](const Dropout&) { return movement(i, 0); },
            [&](const Slice&) { return movement(i, 0); },
            [&](const Embedding&) { return movement(i, 0); },
            [&](const Recurrent& recurrent) {
              StepCost cost =
                  product(i, recurrent.input_weight.value(), recurrent.input_quantizer.has_value(), true);
              const StepCost state = product(i, recurrent.recurrent_weight.value(),
                                             recurrent.recurrent_quantizer.has_value(), false);
              for (const auto pass : {&StepCost::forward, &StepCost::backward}) {
                (cost.*pass).bytes += (state.*pass).bytes;
                (cost.*pass).operations += (state.*pass).operations;
              }
              return cost;
            },
        },
        node(i).layer);
  }
};

}  // namespace

const char* name(Products products) {
  switch (products) {
    case Products::none:
      return "none";
    case Products::float32:
      return "float32";
    case Products::bfloat16:
      return "bfloat16";
    case Products::int8:
      return "int8";
  }
  return "";
}

StepCost step_cost(const Network& network, std::span<const std::size_t> nodes, long batch,
                   kernels::GradientPrecision gradients) {
  assert(!nodes.empty());
  const Costs costs{network, static_cast<double>(batch), gradients};
  return nodes.size() == 1 ? costs.of(nodes.front()) : costs.pointwise(nodes);
}

}  // namespace nibble
