#include "layers/network/equalize.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "layers/models/models.h"
#include "tests/support/random_tensor.h"

namespace nibble::equalize_test {
namespace {

Conv2d& conv(Network& net, const std::string& name) {
  for (NetworkNode& node : net.nodes()) {
    if (node.name == name) return std::get<Conv2d>(node.layer);
  }
  throw std::out_of_range(name);
}

// Largest |w| of each output channel, or of each input channel of a dense convolution.
std::vector<double> ranges(const Conv2d& conv, bool of_inputs) {
  const Tensor& w = conv.weight.value();
  const long row = w.shape().row(), inputs = w.shape().back();
  std::vector<double> found(static_cast<std::size_t>(of_inputs ? inputs : w.shape()[0]));
  for (long i = 0; i < w.size(); ++i) {
    double& range = found[static_cast<std::size_t>(of_inputs ? i % inputs : i / row)];
    range = std::max(range, std::abs(static_cast<double>(w[i])));
  }
  return found;
}

void multiply_channel(Var parameter, long channel, Real factor) {
  Tensor& values = parameter.mutable_value();
  const long row = values.shape().row();
  for (long i = channel * row; i < (channel + 1) * row; ++i) values[i] *= factor;
}

// Dense, depthwise, dense; with a norm behind the first one only.
Network chain(ActivationKind kind) {
  Network net(Rng(5));
  const NodeRef x = net.add_input("input", {8, 8, 3});
  const NodeRef a = net.add("a", Conv2dOptions{.out_channels = 6}, {x});
  const NodeRef norm = net.add("norm", BatchNormOptions{}, {a});
  const NodeRef act = net.add("act", ActivationOptions{.kind = kind}, {norm});
  const NodeRef b = net.add("b", Conv2dOptions{.out_channels = 6, .groups = 6, .bias = true}, {act});
  const NodeRef act2 = net.add("act2", ActivationOptions{.kind = kind}, {b});
  net.add("c", Conv2dOptions{.out_channels = 4, .bias = true}, {act2});
  multiply_channel(conv(net, "a").weight, 2, 50);
  multiply_channel(conv(net, "b").weight, 4, 0.01F);
  conv(net, "b").bias.mutable_value().fill(0.1F);
  return net;
}

void check_same_function(Network& a, Network& b) {
  const Tensor sample = uniform({4, 8, 8, 3}, 3);
  const Tensor ya = a.forward(sample, {}).value(), yb = b.forward(sample, {}).value();
  for (long i = 0; i < ya.size(); ++i) REQUIRE(ya[i] == Approx(yb[i]).epsilon(1e-4).margin(1e-4));
}

}  // namespace

TEST_CASE("equalized_convolutions_have_equal_ranges_and_compute_the_same") {
  for (const ActivationKind kind : {ActivationKind::relu, ActivationKind::leaky_relu}) {
    Network before = chain(kind), net = chain(kind);
    CHECK(equalize(net) == 2);
    check_same_function(before, net);
    const std::vector<double> first = ranges(conv(net, "b"), false), second = ranges(conv(net, "c"), true);
    for (std::size_t c = 0; c < first.size(); ++c) CHECK(first[c] == Approx(second[c]).epsilon(0.01));
    // The first one's weights stay; the norm behind it is scaled.
    CHECK(ranges(conv(net, "a"), false) == ranges(conv(before, "a"), false));
    const BatchNorm& norm = std::get<BatchNorm>(net.nodes()[2].layer);
    for (std::size_t c = 0; c < first.size(); ++c)
      CHECK(ranges(conv(net, "a"), false)[c] * std::abs(norm.affine().gain[c]) ==
            Approx(first[c]).epsilon(0.01));
  }
}

TEST_CASE("a_channel_of_zeros_stays") {
  Network before = chain(ActivationKind::relu), net = chain(ActivationKind::relu);
  for (Network* each : {&before, &net}) multiply_channel(conv(*each, "b").weight, 1, 0);
  CHECK(equalize(net) == 2);
  check_same_function(before, net);
}

TEST_CASE("only_what_stands_alone_between_two_convolutions_is_equalized") {
  Network bounded = chain(ActivationKind::relu6);
  CHECK(equalize(bounded) == 0);
  // In a basic block, between its two convolutions; sums have two readers or producers.
  Network residual = build_model({.kind = "resnet8"}, {8, 8, 3}, 10, Rng(1));
  Network before = build_model({.kind = "resnet8"}, {8, 8, 3}, 10, Rng(1));
  CHECK(equalize(residual) == 3);
  check_same_function(before, residual);

  Network seen(Rng(1));  // what the caller reads stays
  const NodeRef x = seen.add_input("input", {8, 8, 3});
  const NodeRef a = seen.add("a", Conv2dOptions{.out_channels = 6}, {x});
  const NodeRef act = seen.add("act", ActivationOptions{}, {a});
  const NodeRef b = seen.add("b", Conv2dOptions{.out_channels = 4}, {act});
  seen.set_outputs({act, b});
  CHECK(equalize(seen) == 0);
}

}  // namespace nibble::equalize_test
