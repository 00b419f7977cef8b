#include "layers/network/step_cost.h"

#include <catch2/catch.hpp>

#include "layers/network/fuse.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble {
namespace {

constexpr auto kGradients = kernels::GradientPrecision::bfloat16;

// input 8 x 8 x 3 → conv (4 channels) → norm → activation → conv (4 channels)
Network two_convolutions(ActivationKind activation = ActivationKind::relu) {
  Network net(Rng(1));
  NodeRef x = net.add("conv1", Conv2dOptions{.out_channels = 4}, {net.add_input("input", {8, 8, 3})});
  x = net.add("bn", BatchNormOptions{}, {x});
  x = net.add("activation", ActivationOptions{.kind = activation}, {x});
  net.add("conv2", Conv2dOptions{.out_channels = 4}, {x});
  return net;
}

std::size_t index(const Network& net, const std::string& name) {
  for (std::size_t i = 0; i < net.nodes().size(); ++i)
    if (net.nodes()[i].name == name) return i;
  throw Error("no node " + name);
}

StepCost cost(const Network& net, const std::string& name, long batch) {
  const std::size_t i = index(net, name);
  return step_cost(net, std::span(&i, 1), batch, kGradients);
}

}  // namespace

TEST_CASE("step_cost_of_a_float_convolution_follows_from_its_shapes") {
  const Network net = two_convolutions();
  const StepCost first = cost(net, "conv1", 2), second = cost(net, "conv2", 2);
  const double x = 2 * 64 * 3, y = 2 * 64 * 4, w1 = 4 * 9 * 3, w2 = 4 * 9 * 4;
  CHECK(first.forward.operations == 2 * 2 * 64 * w1);
  CHECK(first.forward.bytes == 4 * (x + y + w1));
  CHECK(first.forward.products == Products::float32);
  // Nothing in front of the first convolution learns: no gradient of its input.
  CHECK(first.backward.operations == first.forward.operations);
  CHECK(second.backward.operations == 2 * second.forward.operations);
  CHECK(second.backward.bytes == 4 * (y + y + w2 + y + w2));
}

TEST_CASE("step_cost_of_a_chain_counts_one_sweep") {
  const auto chain_of = [](ActivationKind activation) {
    const Network net = two_convolutions(activation);
    const std::vector<FusedChain> chains = find_chains(net);
    REQUIRE(chains.size() == 1);
    return step_cost(net, chains[0].nodes, 2, kGradients);
  };
  const double y = 2 * 64 * 4;
  const StepCost swish = chain_of(ActivationKind::swish);
  CHECK(swish.forward.bytes == 4 * y * (1 + 1));       // norm's input, result
  CHECK(swish.backward.bytes == 4 * y * (1 + 1 + 1));  // dy, norm's input, d at the norm
  CHECK(swish.forward.operations == (5 + 1) * y);
  CHECK(swish.backward.operations == (9 + 2 + 2 + 1) * y);
  // A limit is computed where its reader reads the norm's input; the sums of its gradient where that is made.
  const StepCost relu = chain_of(ActivationKind::relu);
  CHECK(relu.forward.bytes == 0);
  CHECK(relu.forward.operations == 0);
  CHECK(relu.backward.bytes == 0);
  CHECK(relu.backward.operations == 0);
}

TEST_CASE("step_cost_of_codes_counts_bytes_and_names_the_products") {
  Network net = two_convolutions();
  quantize(net, policy(QuantMethod::learned_scale_shift));
  const StepCost second = cost(net, "conv2", 2);
  const double y = 2 * 64 * 4, w = 4 * 9 * 4;
  CHECK(second.forward.products == Products::int8);
  CHECK(second.backward.products == Products::bfloat16);
  // Codes in, reals out, since the last layer has 8 bits; the weight's quantizer.
  CHECK(second.forward.bytes == y + 4 * y + w + (4 + 1) * w);
  const std::size_t i = index(net, "conv2");
  CHECK(step_cost(net, std::span(&i, 1), 2, kernels::GradientPrecision::float32).backward.products ==
        Products::float32);

  const std::vector<FusedChain> chains = find_chains(net);
  REQUIRE(chains.size() == 1);
  // The convolution counted the moments while it wrote; codes come out.
  CHECK(step_cost(net, chains[0].nodes, 2, kGradients).forward.bytes == y * (4 + 1));
  // What the norm says about conv1's output is made where conv1 reads it, of two tensors: what conv2 left, as
  // bfloat16, and conv1's own. The image is data: its codes and values are read, and no gradient is written.
  const StepCost first = cost(net, "conv1", 2);
  CHECK(first.backward.bytes == (2 + 4) * y + (1 + 4) * 2 * 64 * 3 + 4 * 9 * 3 * (1 + 4) + 12 * 4 * 9 * 3);
  CHECK(first.backward.operations == 3 * first.forward.operations - 7 * 4 * 9 * 3);
}

TEST_CASE("step_cost_of_a_depthwise_convolution_reads_codes_and_multiplies_numbers") {
  Network net(Rng(1));
  NodeRef x = net.add_input("input", {8, 8, 4});
  x = net.add("conv", Conv2dOptions{.out_channels = 4}, {x});
  net.add("depthwise", Conv2dOptions{.out_channels = 4, .groups = 4}, {x});
  quantize(net, policy(QuantMethod::learned_scale_shift));
  const StepCost depthwise = cost(net, "depthwise", 1);
  const double y = 64 * 4, w = 4 * 9;
  CHECK(depthwise.forward.products == Products::float32);
  CHECK(depthwise.forward.operations == 2 * 64 * w + 5 * w);
  CHECK(depthwise.forward.bytes == y + 4 * y + w + (4 + 1) * w);
  CHECK(depthwise.backward.products == Products::float32);
}

TEST_CASE("step_cost_of_moves_and_sums") {
  Network net(Rng(1));
  NodeRef x = net.add_input("input", {8, 8, 4});
  const NodeRef a = net.add("a", ActivationOptions{.kind = ActivationKind::relu}, {x});
  NodeRef y = net.add("add", AddOptions{}, {a, x});
  y = net.add("pool", PoolOptions{}, {y});
  net.add("flatten", FlattenOptions{}, {y});
  CHECK(cost(net, "add", 1).forward.bytes == 4 * 3 * 256);
  CHECK(cost(net, "add", 1).backward.bytes == 0);  // both inputs take dy as it is
  CHECK(cost(net, "pool", 1).forward.bytes == 4 * (256 + 64));
  CHECK(cost(net, "pool", 1).forward.operations == 256);
  CHECK(cost(net, "flatten", 1).forward.bytes == 0);
}

}  // namespace nibble
