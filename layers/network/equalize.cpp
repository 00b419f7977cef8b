#include "layers/network/equalize.h"

#include <algorithm>
#include <cmath>

namespace nibble {
namespace {

constexpr int kMostRounds = 50;
constexpr double kSmallChange = 1e-3;  // of a scale, relative: ranges stay

struct Pair {
  Conv2d* first = nullptr;
  BatchNorm* norm = nullptr;  // or null
  Conv2d* second = nullptr;
};

bool homogeneous(const Layer& layer) {
  const auto* const activation = std::get_if<Activation>(&layer);
  return activation != nullptr && (activation->options.kind == ActivationKind::relu ||
                                   activation->options.kind == ActivationKind::leaky_relu);
}

// Whether each input channel of a convolution is one of the weight's last axis, or one row of it.
bool has_channels(const Conv2d& conv) {
  return conv.options.groups == 1 || conv.options.groups == conv.options.out_channels;
}

class Finder {
 public:
  explicit Finder(Network& network) : network_(network), readers_(network.nodes().size()) {
    for (std::size_t i = 0; i < network.nodes().size(); ++i) {
      for (const NodeRef input : network.nodes()[i].inputs)
        readers_[static_cast<std::size_t>(input.index)].push_back(i);
    }
    for (const NodeRef output : network.outputs())
      readers_[static_cast<std::size_t>(output.index)].push_back(0);
  }

  std::vector<Pair> pairs() {
    std::vector<Pair> found;
    for (std::size_t i = 0; i < readers_.size(); ++i) {
      Pair pair;
      pair.first = std::get_if<Conv2d>(&layer(i));
      if (pair.first == nullptr) continue;
      std::size_t at = next(i);
      pair.norm = std::get_if<BatchNorm>(&layer(at));
      if (pair.norm != nullptr) at = next(at);
      if (!homogeneous(layer(at))) continue;
      pair.second = std::get_if<Conv2d>(&layer(next(at)));
      if (pair.second != nullptr && has_channels(*pair.second)) found.push_back(pair);
    }
    return found;
  }

 private:
  Layer& layer(std::size_t node) { return network_.nodes()[node].layer; }
  // The only reader of a node; the input, which is none of those that are looked for, where there is no such.
  std::size_t next(std::size_t node) const { return readers_[node].size() == 1 ? readers_[node].front() : 0; }

  Network& network_;
  std::vector<std::vector<std::size_t>> readers_;
};

// The input channel that a number of a weight [O, KH, KW, C / groups] is multiplied by.
long input_channel(const Conv2d& conv, long i) {
  const Tensor& w = conv.weight.value();
  return conv.options.groups == 1 ? i % w.shape().back() : i / w.shape().row();
}

std::vector<double> first_ranges(const Pair& pair) {
  const Tensor& w = pair.first->weight.value();
  const long row = w.shape().row();
  std::vector<double> ranges(static_cast<std::size_t>(w.shape()[0]));
  for (long i = 0; i < w.size(); ++i) {
    double& range = ranges[static_cast<std::size_t>(i / row)];
    range = std::max(range, std::abs(static_cast<double>(w[i])));
  }
  if (pair.norm != nullptr) {
    const std::vector<double> gain = pair.norm->affine().gain;
    for (std::size_t c = 0; c < ranges.size(); ++c) ranges[c] *= std::abs(gain[c]);
  }
  return ranges;
}

std::vector<double> second_ranges(const Pair& pair, std::size_t channels) {
  std::vector<double> ranges(channels);
  const Tensor& w = pair.second->weight.value();
  for (long i = 0; i < w.size(); ++i) {
    double& range = ranges[static_cast<std::size_t>(input_channel(*pair.second, i))];
    range = std::max(range, std::abs(static_cast<double>(w[i])));
  }
  return ranges;
}

void divide(Var parameter, const std::vector<double>& scales) {
  if (parameter.empty()) return;
  Tensor& values = parameter.mutable_value();
  const long row = values.shape().row();
  for (long i = 0; i < values.size(); ++i)
    values[i] = static_cast<Real>(static_cast<double>(values[i]) / scales[static_cast<std::size_t>(i / row)]);
}

// Returns the largest change of a channel, as |ln s|.
double equalize(const Pair& pair) {
  std::vector<double> scales = first_ranges(pair);
  const std::vector<double> second = second_ranges(pair, scales.size());
  double largest = 0;
  for (std::size_t c = 0; c < scales.size(); ++c) {
    const bool used = scales[c] > 0 && second[c] > 0;
    scales[c] = used ? std::sqrt(scales[c] / second[c]) : 1;
    largest = std::max(largest, std::abs(std::log(scales[c])));
  }
  if (pair.norm != nullptr) {
    divide(pair.norm->weight, scales);
    divide(pair.norm->bias, scales);
  } else {
    divide(pair.first->weight, scales);
    divide(pair.first->bias, scales);
  }
  Var weight = pair.second->weight;
  Tensor& w = weight.mutable_value();
  for (long i = 0; i < w.size(); ++i)
    w[i] = static_cast<Real>(static_cast<double>(w[i]) *
                             scales[static_cast<std::size_t>(input_channel(*pair.second, i))]);
  return largest;
}

}  // namespace

int equalize(Network& network) {
  const std::vector<Pair> pairs = Finder(network).pairs();
  for (int round = 0; round < kMostRounds; ++round) {
    double largest = 0;
    for (const Pair& pair : pairs) largest = std::max(largest, equalize(pair));
    if (largest < kSmallChange) break;
  }
  return static_cast<int>(pairs.size());
}

}  // namespace nibble
