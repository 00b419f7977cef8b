#include "layers/network/step_cost.h"

#include <catch2/catch.hpp>

#include "autograd/ops/loss.h"
#include "autograd/tape_listener.h"
#include "core/buffer_pool.h"
#include "layers/models/models.h"
#include "layers/network/step_traffic.h"
#include "layers/walk_listener.h"

#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::step_cost_test {
namespace {

constexpr PassKind kTraining{.training = true, .gradients = kernels::Precision::bfloat16};

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

StepCost cost(Network& net, const std::string& name, long batch, const PassKind& pass = kTraining) {
  const std::size_t i = index(net, name);
  return step_cost(net, net.plan(pass), std::span(&i, 1), batch);
}

}  // namespace

TEST_CASE("step_cost_of_a_float_convolution_follows_from_its_shapes") {
  Network net = two_convolutions();
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
    Network net = two_convolutions(activation);
    const Plan& plan = net.plan(kTraining);
    REQUIRE(plan.chains.size() == 1);
    return step_cost(net, plan, plan.chains[0].nodes, 2);
  };
  const double y = 2 * 64 * 4;
  const StepCost swish = chain_of(ActivationKind::swish);
  CHECK(swish.forward.bytes == 4 * y * (1 + 1));  // norm's input, result
  CHECK(swish.forward.operations == (5 + 1) * y);
  CHECK(swish.backward.bytes == 0);  // walked while the convolution behind makes the gradient
  CHECK(swish.backward.operations == 0);
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
  CHECK(second.forward.products == (kernels::has_byte_products() ? Products::int8 : Products::float32));
  CHECK(second.backward.products == Products::bfloat16);
  // Codes in, reals out, since the last layer has 8 bits; the weight's quantizer.
  CHECK(second.forward.bytes == y + 4 * y + w + (4 + 1) * w);
  CHECK(cost(net, "conv2", 2, {.training = true}).backward.products == Products::float32);

  const Plan& plan = net.plan(kTraining);
  REQUIRE(plan.chains.size() == 1);
  // The convolution counted the moments while it wrote; codes come out.
  CHECK(step_cost(net, plan, plan.chains[0].nodes, 2).forward.bytes == y * (4 + 1));
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

// What a step keeps in memory of each node, counted while it runs, against what the costs say that it writes.
TEST_CASE("a_step_writes_the_bytes_that_its_costs_say", "[once]") {
  for (const char* kind : {"resnet8", "mobilenet_v2", "efficientnet_b0"}) {
    for (const bool quantized : {false, true}) {
      constexpr long kBatch = 24;  // so that also codes are large
      const Tensor x = random_tensor({kBatch, 32, 32, 3});
      Network net = build_model({.kind = kind}, {32, 32, 3}, 10, Rng(3));
      if (quantized) quantize(net, policy(QuantMethod::learned_scale_shift));
      initialize_quantizers(net, random_tensor({2, 32, 32, 3}));
      Rng rng(1);
      Pass pass{.training = true};
      pass.rng = &rng;

      std::vector<std::size_t> now;
      std::map<std::vector<std::size_t>, double> kept;
      double before = 0;
      const auto enter = [&](std::span<const std::size_t> nodes) {
        const double held = static_cast<double>(buffer_pool::usage().in_use);
        kept[now] += held - before;
        before = held;
        now.assign(nodes.begin(), nodes.end());
      };
      {
        const WalkListener listener(enter, [](bool) {});
        net.forward(x, pass);
      }
      const StepTraffic traffic(net, net.last_plan(), kBatch);
      long compared = 0;
      for (const auto& [nodes, bytes] : kept) {
        if (nodes.empty() || nodes.back() + 1 == net.nodes().size()) continue;  // before, and the loss's
        double written = 0;
        for (const std::size_t i : nodes) written += traffic.written(i);
        const std::size_t head = nodes.front();
        for (std::size_t k = 0; k < traffic.node(head).inputs.size(); ++k) {
          if (traffic.read(head, k) > traffic.read_again(head, k))  // the first who asks for real numbers
            written += StepTraffic::kReal * traffic.elements(traffic.input(head, k));
        }
        const Layer& first = net.nodes()[nodes.front()].layer;
        // Large enough to be seen beside weights, and kept: what only moves shares memory or makes real
        // numbers of codes.
        const bool computes = std::holds_alternative<Conv2d>(first) || nodes.size() > 1;
        if (!computes || written < 1 << 18) continue;
        INFO(kind << " " << quantized << " " << net.nodes()[nodes.front()].name);
        CHECK(bytes == Approx(written).epsilon(0.1));
        ++compared;
      }
      CHECK(compared > 3);
    }
  }
}

// The most that the backward pass of a node holds beyond what was there before it, counted while it runs: the
// gradients that it writes, against what the costs say.
TEST_CASE("a_backward_pass_writes_the_gradients_that_its_costs_say") {
  for (const bool quantized : {false, true}) {
    const Tensor x = random_tensor({8, 32, 32, 3});
    Network net = build_model({.kind = "resnet8"}, {32, 32, 3}, 10, Rng(3));
    if (quantized) quantize(net, policy(QuantMethod::learned_scale_shift));
    initialize_quantizers(net, random_tensor({2, 32, 32, 3}));
    Rng rng(1);
    Pass pass{.training = true};
    pass.rng = &rng;

    std::size_t now = 0;
    std::map<std::uint64_t, std::size_t> node_of;  // ops by their numbers
    std::map<std::size_t, double> most;
    std::size_t before = 0;
    const TapeListener tape([&](const char*, std::uint64_t number) { node_of[number] = now; },
                            [&](const char*, std::uint64_t number) {
                              const auto usage = buffer_pool::usage();
                              const auto extra =
                                  static_cast<double>(usage.peak) - static_cast<double>(before);
                              double& of_node = most[node_of[number]];
                              of_node = std::max(of_node, extra);
                              buffer_pool::trim();
                              before = buffer_pool::usage().in_use;
                            });
    Var loss;
    {
      const WalkListener walk([&](std::span<const std::size_t> nodes) { now = nodes.front(); }, [](bool) {});
      loss = cross_entropy(net.forward(x, pass), Array<int>({8}), 0);
    }
    buffer_pool::trim();
    before = buffer_pool::usage().in_use;
    backward(loss);
    const StepTraffic traffic(net, net.last_plan(), 8);
    long compared = 0;
    for (const auto& [i, bytes] : most) {
      const Layer& layer = net.nodes()[i].layer;
      if (traffic.node(i).inputs.empty() || std::holds_alternative<GlobalPool>(layer))
        continue;  // when it is read
      INFO(quantized << " " << net.nodes()[i].name);
      const double written = traffic.gradient_written(i, 0);       // the inputs of a sum share theirs
      if (const auto* const conv = std::get_if<Conv2d>(&layer)) {  // which holds sums of pieces besides
        CHECK(bytes >= written + StepTraffic::kReal * static_cast<double>(conv->weight.value().size()));
      } else if (!std::holds_alternative<Linear>(layer)) {
        CHECK(bytes == Approx(written).margin(1 << 13));  // with what guards buffers
        compared += written > 1 << 16;
      }
    }
    CHECK(compared >= 3);
  }
}

TEST_CASE("step_cost_tells_what_the_last_step_did") {
  Network net(Rng(1));
  NodeRef x =
      net.add("conv", Conv2dOptions{.out_channels = 8, .bias = true}, {net.add_input("input", {8, 8, 3})});
  x = net.add("conv/quant", QuantizerOptions{.bits = 8}, {x});
  x = net.add("depthwise", Conv2dOptions{.out_channels = 8, .groups = 8}, {x});
  x = net.add("norm", BatchNormOptions{}, {x});
  net.add("relu", ActivationOptions{}, {x});
  Conv2d& depthwise = std::get<Conv2d>(net.nodes()[index(net, "depthwise")].layer);
  depthwise.weight_quantizer = make_quantizer({.bits = 8, .is_signed = true, .weight = true}, 8);
  const Tensor batch = random_tensor({2, 8, 8, 3});
  initialize_quantizers(net, batch);
  const double y = 2 * 64 * 8, weights = 8 * 9 * (1 + 4 + 1);
  const auto written = [&] {
    net.forward(batch, {.training = true});
    return cost(net, "depthwise", 2, {.training = true}).forward.bytes - y - weights;
  };
  CHECK(written() == 4 * y);
  for (long i = 0; i < depthwise.weight.value().size(); ++i)  // one tap: all sums fit 16 bits
    if (i % 9 != 4) depthwise.weight.mutable_value()[i] = 0;
  CHECK(written() == 2 * y);
}

}  // namespace nibble::step_cost_test
