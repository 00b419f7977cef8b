#include "layers/network/correct_biases.h"

#include <algorithm>
#include <map>

namespace nibble {
namespace {

constexpr long kRows = 16;  // at once, so that outputs need little memory

// Σ over rows and positions of what a quantized weight adds to each channel.
class ErrorSum {
 public:
  // x: [N, ...], what the layer reads.
  template <typename LayerType>
  void add(const LayerType& layer, const Tensor& x) {
    LayerType exact = layer;
    exact.weight_quantizer.reset();
    for (long first = 0; first < x.shape()[0]; first += kRows) {
      const Signal rows(Var(x.rows(first, std::min(first + kRows, x.shape()[0]))));
      add(layer.forward({&rows, 1}, Pass{}).value.value(), exact.forward({&rows, 1}, Pass{}).value.value());
    }
  }

  Array<double> mean() const {
    Array<double> mean = sum_.clone();
    for (double& value : mean) value /= static_cast<double>(rows_);
    return mean;
  }

 private:
  void add(const Tensor& quantized, const Tensor& exact) {
    const long channels = quantized.shape().back();
    if (sum_.empty()) sum_ = Array<double>({channels});
    for (long i = 0; i < quantized.size(); ++i)
      sum_[i % channels] += static_cast<double>(quantized[i]) - static_cast<double>(exact[i]);
    rows_ += quantized.size() / channels;
  }

  Array<double> sum_;
  long rows_ = 0;
};

void add(Var parameter, double sign, const Array<double>& mean) {
  Tensor& values = parameter.mutable_value();
  for (long c = 0; c < values.size(); ++c)
    values[c] = static_cast<Real>(static_cast<double>(values[c]) + sign * mean[c]);
}

class Corrector {
 public:
  explicit Corrector(Network& network) : network_(network) {
    for (NetworkNode& node : network.nodes()) {
      for (const NodeRef input : node.inputs) readers_[network.node(input).name].push_back(&node);
    }
  }

  // Of what a node has computed: sums up the errors of the layers that read it.
  void read(const NetworkNode& node, const Tensor& x) {
    for (const NetworkNode* const reader : readers_[node.name]) {
      std::visit(overloaded{[&](const Conv2d& conv) { read_by(*reader, conv, x); },
                            [&](const Linear& linear) {
                              check(
                                  !linear.tied, reader->name,
                                  ": quant.correct_biases found a weight tied to an embedding, expected one "
                                  "of its own");
                              read_by(*reader, linear, x);
                            },
                            [](const auto&) {}},
                 reader->layer);
    }
  }

  void correct() {
    for (NetworkNode& node : network_.nodes()) {
      const auto found = errors_.find(node.name);
      if (found != errors_.end()) correct(node, found->second.mean());
    }
  }

 private:
  template <typename LayerType>
  void read_by(const NetworkNode& reader, const LayerType& layer, const Tensor& x) {
    if (layer.weight_quantizer) errors_[reader.name].add(layer, x);
  }

  void correct(NetworkNode& node, const Array<double>& mean) {
    const std::vector<NetworkNode*>& readers = readers_[node.name];
    if (readers.size() == 1) {
      if (auto* const norm = std::get_if<BatchNorm>(&readers.front()->layer)) {
        add(norm->running_mean, 1, mean);
        return;
      }
    }
    std::visit(overloaded{[&](Conv2d& conv) { correct_bias(conv.bias, mean); },
                          [&](Linear& linear) { correct_bias(linear.bias, mean); }, [](auto&) {}},
               node.layer);
  }

  static void correct_bias(const Var& bias, const Array<double>& mean) {
    if (!bias.empty()) add(bias, -1, mean);
  }

  Network& network_;
  std::map<std::string, std::vector<NetworkNode*>> readers_;
  std::map<std::string, ErrorSum> errors_;
};

}  // namespace

void correct_biases(Network& network, const Tensor& sample, long sequences) {
  Corrector corrector(network);
  const NoGradient evaluation;
  Rng rng(0);  // whatever it draws: all values stay as they are
  Pass pass;
  pass.plain = true;
  pass.rng = &rng;
  pass.float_share = 1;
  pass.sequences = sequences;
  network.forward_outputs(sample, pass, [&](const NetworkNode& node, const Signal& output) {
    corrector.read(node, output.value.value());
  });
  corrector.correct();
}

}  // namespace nibble
