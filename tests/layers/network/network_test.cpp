#include "layers/network/network.h"

#include <catch2/catch.hpp>

#include "core/buffer_pool.h"
#include "core/parallel.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::network_test {
namespace {

std::vector<std::string> names(const Network& net) {
  std::vector<std::string> all;
  for (const NetworkNode& node : net.nodes()) all.push_back(node.name);
  return all;
}

}  // namespace

TEST_CASE("network_names_the_node_whose_shapes_do_not_fit") {
  Network net;
  const NodeRef image = net.add_input("input", {8, 8, 3});
  const NodeRef wide = net.add("wide", Conv2dOptions{.out_channels = 4}, {image});
  const NodeRef flat = net.add("flat", FlattenOptions{}, {image});

  CHECK_THROWS_WITH(net.add("sum", AddOptions{}, {image, wide}),
                    "node 'sum': add: found inputs [8, 8, 3] and [8, 8, 4], expected equal shapes");
  CHECK_THROWS_WITH(net.add("c", Conv2dOptions{.out_channels = 4}, {flat}),
                    "node 'c': conv2d: found input [192], expected an image [H, W, C]");
  CHECK_THROWS_WITH(net.add("c", Conv2dOptions{.out_channels = 4, .groups = 2}, {image}),
                    "node 'c': conv2d: found 2 groups, expected a divisor of 3 input and 4 output channels");
  CHECK_THROWS_WITH(net.add("c", Conv2dOptions{}, {image}),
                    "node 'c': conv2d: found 0 output channels, expected at least 1");
  CHECK_THROWS_WITH(
      net.add("l", LinearOptions{.out_features = 2}, {image}),
      "node 'l': linear: found input [8, 8, 3], expected [features]; put a flatten layer in front");
  CHECK_THROWS_WITH(
      net.add("m", MultiplyOptions{}, {image, flat}),
      "node 'm': multiply: found inputs [8, 8, 3] and [192], expected equal shapes, or an image "
      "[H, W, C] and factors [C]");
  CHECK_THROWS_WITH(net.add("j", ConcatOptions{}, {image, flat}),
                    "node 'j': concat: found inputs [8, 8, 3] and [192], expected shapes that differ in the "
                    "number of channels only");
  CHECK_THROWS_WITH(net.add("p", PoolOptions{.kernel = {9, 9}}, {image}),
                    Catch::Contains("node 'p': pool: input [8, 8, 3] is smaller than the kernel"));
  CHECK_THROWS_WITH(net.add("p", PoolOptions{.padding = {2, 0}}, {image}),
                    Catch::Contains("node 'p': pool: found padding"));
  CHECK_THROWS_WITH(
      net.add("s", SubsampleOptions{.stride = 2, .out_channels = 2}, {image}),
      "node 's': subsample: found 2 output channels, expected at least the 3 of input [8, 8, 3]");
  CHECK_THROWS_WITH(net.add("s", SliceOptions{.begin = 2, .end = 4}, {image}),
                    "node 's': slice: found channels 2 to 4 of input [8, 8, 3], expected 0 <= begin < end <= "
                    "channels");
  CHECK_THROWS_WITH(net.add("d", DropoutOptions{.rate = 1}, {image}),
                    "node 'd': dropout: found rate 1, expected 0 <= rate < 1");
  CHECK_THROWS_WITH(net.add("u", UpsampleOptions{.factor = 0}, {image}),
                    "node 'u': upsample: found factor 0, expected at least 1");
  CHECK_THROWS_WITH(net.add("g", GlobalPoolOptions{}, {image, wide}),
                    "node 'g': global_pool: found 2 inputs, expected 1");
  CHECK(net.nodes().size() == 3);  // nothing half-added
}

TEST_CASE("network_refuses_names_and_handles_that_are_not_its_own") {
  Network net;
  CHECK_THROWS_WITH(net.add("a", AddOptions{}, {{0}, {0}}),
                    "node 'a': found input number 0, expected one of the 0 nodes before it");
  const NodeRef x = net.add_input("input", {4});
  CHECK_THROWS_WITH(net.add("input", ActivationOptions{}, {x}), "node 'input': another node has this name");
  CHECK_THROWS_AS(net.add("a/", ActivationOptions{}, {x}), Error);
  CHECK_THROWS_AS(net.add_input("again", {4}), Error);
}

TEST_CASE("network_refuses_a_batch_of_other_samples") {
  Network net;
  net.add("act", ActivationOptions{}, {net.add_input("input", {2, 2, 3})});
  CHECK_THROWS_WITH(net.forward(random_tensor({5, 2, 3, 2}), {}),
                    "network: found a batch [5, 2, 3, 2], expected [N, ...] of samples [2, 2, 3]");
  CHECK_THROWS_AS(net.forward(random_tensor({12}), {}), Error);
}

TEST_CASE("network_names_the_node_that_fails_while_it_runs") {
  Network net;
  net.add("bn", BatchNormOptions{}, {net.add_input("input", {3})});
  CHECK_THROWS_WITH(
      net.forward(random_tensor({1, 3}), {.training = true, .initialize = false, .rng = nullptr}),
      Catch::StartsWith("node 'bn': batch_norm: "));
}

TEST_CASE("network_computes_a_residual_sum") {
  Network net;
  const NodeRef x = net.add_input("input", {2});
  const NodeRef y = net.add("act", ActivationOptions{}, {x});
  net.add("sum", AddOptions{}, {x, y});
  CHECK(evaluated(net, Tensor({1, 2}, {-1, 3})) == std::vector<Real>{-1, 6});
}

TEST_CASE("network_parameters_have_paths") {
  Network net;
  NodeRef x =
      net.add("layer1/0/conv1", Conv2dOptions{.out_channels = 2}, {net.add_input("input", {4, 4, 3})});
  x = net.add("layer1/0/bn1", BatchNormOptions{}, {x});
  std::vector<std::string> found;
  net.parameters([&](const std::string& name, ParameterKind kind, Var&) {
    found.push_back(name + " " + nibble::name(kind));
  });
  CHECK(found == std::vector<std::string>{"layer1/0/conv1/weight weight", "layer1/0/bn1/weight norm",
                                          "layer1/0/bn1/bias norm", "layer1/0/bn1/running_mean statistic",
                                          "layer1/0/bn1/running_var statistic"});
}

TEST_CASE("network_weights_depend_on_seed_and_name_only") {
  const auto build = [](std::uint64_t seed, bool other_first) {
    Network net{Rng(seed)};
    const NodeRef x = net.add_input("input", {6});
    if (other_first) net.add("other", LinearOptions{.out_features = 3}, {x});
    net.add("fc", LinearOptions{.out_features = 3}, {x});
    return values(state(net).at("fc/weight"));
  };
  CHECK(build(1, false) == build(1, true));
  CHECK(build(1, false) != build(2, false));
}

TEST_CASE("network_weights_have_the_variance_of_he") {
  Network net{Rng(5)};
  net.add("conv", Conv2dOptions{.out_channels = 64}, {net.add_input("input", {4, 4, 32})});
  const Tensor w = state(net).at("conv/weight");
  double sum = 0, squares = 0;
  for (const Real v : w)
    sum += static_cast<double>(v), squares += static_cast<double>(v) * static_cast<double>(v);
  const double n = static_cast<double>(w.size());
  CHECK(sum / n == Approx(0).margin(0.003));
  CHECK(squares / n == Approx(2.0 / (9 * 32)).epsilon(0.05));
}

TEST_CASE("insert_after_rewires_the_named_readers_and_moves_handles") {
  Network net;
  const NodeRef x = net.add_input("input", {4});
  const NodeRef a = net.add("a", ActivationOptions{}, {x});
  const NodeRef b = net.add("b", ActivationOptions{}, {x});
  const NodeRef c = net.add("c", AddOptions{}, {a, b});

  CHECK_THROWS_WITH(net.insert_after(x, "q", {}, {c}),
                    "node 'q': found consumer number 3, expected a node that reads "
                    "'input'");
  const NodeRef q = net.insert_after(x, "q", {}, {b});
  CHECK(q == NodeRef{1});
  CHECK(names(net) == std::vector<std::string>{"input", "q", "a", "b", "c"});
  CHECK(net.nodes()[1].inputs == std::vector<NodeRef>{x});
  CHECK(net.nodes()[2].inputs == std::vector<NodeRef>{x});
  CHECK(net.nodes()[3].inputs == std::vector<NodeRef>{q});
  CHECK(net.nodes()[4].inputs == std::vector<NodeRef>{{2}, {3}});

  const NodeRef all = net.insert_after(x, "all", {});
  CHECK(names(net) == std::vector<std::string>{"input", "all", "q", "a", "b", "c"});
  CHECK(net.nodes()[2].inputs == std::vector<NodeRef>{all});
  CHECK(net.nodes()[3].inputs == std::vector<NodeRef>{all});
  CHECK(net.nodes()[4].inputs == std::vector<NodeRef>{{2}});
  CHECK(net.nodes()[5].inputs == std::vector<NodeRef>{{3}, {4}});
}

TEST_CASE("evaluation_frees_each_signal_after_its_last_reader") {
  Network net;
  NodeRef x = net.add_input("input", {16, 16, 8});
  const NodeRef early = net.add("early", Conv2dOptions{.out_channels = 8}, {x});
  x = early;
  for (int i = 0; i < 20; ++i) x = net.add(str("conv", i), Conv2dOptions{.out_channels = 8}, {x});
  net.add("unread", ActivationOptions{}, {x});
  x = net.add("sum", AddOptions{}, {x, early});  // keeps one signal alive all the way
  net.add("last", ActivationOptions{}, {x});

  const Tensor batch = random_tensor({8, 16, 16, 8});
  const std::size_t one = static_cast<std::size_t>(batch.size()) * sizeof(Real);
  const std::size_t before = buffer_pool::usage().in_use;
  std::size_t peak = 0;
  {
    const NoGradient evaluation;
    net.forward(batch, {}, [&](const NetworkNode&, const Signal&) {
      peak = std::max(peak, buffer_pool::usage().in_use - before);
    });
  }
  // `early`, one layer's input and its output; the batch itself was there before.
  CHECK(peak <= 3 * one + one / 2);
  CHECK(peak >= 3 * one);
  CHECK(buffer_pool::usage().in_use == before);
}

TEST_CASE("training_does_not_depend_on_the_number_of_threads") {
  const auto gradients = [](int count) {
    set_threads(count);
    Network net = build_model({.kind = "resnet20"}, {16, 16, 3}, 10, Rng(1));
    const Tensor x = random_tensor({12, 16, 16, 3});
    quantize(net, policy(QuantMethod::learned_scale_shift));
    initialize_quantizers(net, x);
    loss_with_gradients(net, x);
    std::map<std::string, std::vector<Real>> all;
    net.parameters([&](const std::string& name, ParameterKind, Var& value) {
      all[name] = values(value.value());
      if (!value.gradient().empty()) all["d " + name] = values(value.gradient());
    });
    return all;
  };
  const auto one = gradients(1), two = gradients(2), four = gradients(4);
  set_threads(0);
  CHECK(one == two);
  CHECK(one == four);
}

}  // namespace nibble::network_test
