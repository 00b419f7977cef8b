#include "layers/network/plan.h"

#include <catch2/catch.hpp>
#include <limits>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "layers/network/runs_as.h"
#include "tests/layers/support.h"

namespace nibble::plan_test {
namespace {

constexpr PassKind kTraining{.training = true};

void step(Network& net, const Tensor& x, long sequences = 0) {
  Rng rng(1);
  Pass pass{.training = true};
  pass.rng = &rng;
  pass.sequences = sequences;
  net.forward(x, pass);
}

std::size_t index(const Network& net, const std::string& name) {
  for (std::size_t i = 0; i < net.nodes().size(); ++i)
    if (net.nodes()[i].name == name) return i;
  throw Error("no node " + name);
}

const NodePlan& planned(Network& net, const std::string& name) {
  return net.plan(kTraining).nodes[index(net, name)];
}
const NodePlan& done(const Network& net, const std::string& name) {
  return net.last_plan().actual[index(net, name)];
}

void quantize_all(Network& net, const Tensor& sample, int bits = 4, long sequences = 0) {
  QuantPolicy all = policy(QuantMethod::learned_scale_shift);
  all.weight_bits = all.activation_bits = all.first_and_last_bits = all.input_bits = bits;
  quantize(net, all);
  initialize_quantizers(net, sample, sequences);
}

// input → conv → norm → relu → depthwise → norm → relu → conv
Network separable() {
  Network net(Rng(5));
  NodeRef x = net.add("first", Conv2dOptions{.out_channels = 16}, {net.add_input("input", {8, 8, 3})});
  x = net.add("norm", BatchNormOptions{}, {x});
  x = net.add("relu", ActivationOptions{}, {x});
  x = net.add("depthwise", Conv2dOptions{.out_channels = 16, .groups = 16}, {x});
  x = net.add("norm2", BatchNormOptions{}, {x});
  x = net.add("relu2", ActivationOptions{}, {x});
  net.add("last", Conv2dOptions{.out_channels = 4}, {x});
  return net;
}

const Tensor& images() {
  static const Tensor x = random_tensor({4, 8, 8, 3}, 2);
  return x;
}

}  // namespace

TEST_CASE("a_walk_does_what_was_planned") {
  struct Case {
    std::string kind;
    Tensor x;
    long sequences;
  };
  const Tensor tokens({6, 1}, {1, 4, 0, 8, 2, 4});
  for (const Case& c : {Case{"resnet8", random_tensor({2, 16, 16, 3}), 0},
                        Case{"mobilenet_v2", random_tensor({2, 32, 32, 3}), 0},
                        Case{"efficientnet_b0", random_tensor({2, 32, 32, 3}), 0}, Case{"lstm", tokens, 2},
                        Case{"gru", tokens, 2}}) {
    for (const bool quantized : {false, true}) {
      ModelOptions options{.kind = c.kind};
      if (c.sequences > 0) options.width = 6, options.dropout = 0.2;
      Network net = build_model(
          options, c.sequences > 0 ? Shape{1} : Shape{c.x.shape()[1], c.x.shape()[2], 3}, 10, Rng(3));
      if (quantized) quantize(net, policy(QuantMethod::learned_scale_shift));
      initialize_quantizers(net, c.x, c.sequences);
      step(net, c.x, c.sequences);
      const Plan& plan = net.last_plan();
      CHECK(plan.pass == kTraining);
      bool as_expected = true;  // but for what only the codes decide
      for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
        INFO(c.kind << " " << quantized << " " << net.nodes()[i].name);
        const NodePlan &expected = plan.nodes[i], &found = plan.actual[i];
        CHECK(found.kernel == expected.kernel);
        CHECK(found.chain == expected.chain);
        CHECK(found.state_of_codes == expected.state_of_codes);
        if (found.leaves != expected.leaves) {
          as_expected = false;
          CHECK(expected.multiplies_codes());
          CHECK((found.leaves == Form::sums || expected.leaves == Form::sums));
        }
      }
      for (std::size_t i = 0; as_expected && i < plan.nodes.size(); ++i)
        CHECK(plan.actual[i].inputs == plan.nodes[i].inputs);
    }
  }
}

TEST_CASE("a_float_network_runs_in_real_numbers_and_in_pieces") {
  Network net = separable();
  const NodePlan& depthwise = planned(net, "depthwise");
  CHECK(planned(net, "first").kernel == Kernel::float_products);
  CHECK(planned(net, "first").inputs == std::vector<EdgePlan>{{Form::reals, GradientForm::none}});
  CHECK(planned(net, "norm").leaves == Form::inside);
  CHECK(planned(net, "norm").inputs == std::vector<EdgePlan>{{Form::reals, GradientForm::pieces}});
  CHECK(planned(net, "relu").leaves == Form::pieces);
  CHECK(depthwise.kernel == Kernel::depthwise);
  CHECK(depthwise.moments);
  CHECK(depthwise.inputs == std::vector<EdgePlan>{{Form::pieces, GradientForm::shown}});
  step(net, images());
  CHECK(done(net, "relu").leaves == Form::pieces);
  CHECK(done(net, "depthwise").moments);
}

TEST_CASE("a_quantized_network_runs_on_codes") {
  Network net = separable();
  quantize_all(net, images());
  CHECK(planned(net, "first").kernel == Kernel::code_products);
  CHECK(planned(net, "first").inputs == std::vector<EdgePlan>{{Form::codes, GradientForm::of_grid}});
  CHECK(planned(net, "relu/quant").leaves == Form::codes);
  CHECK(planned(net, "depthwise").kernel == Kernel::depthwise_codes);
  CHECK(planned(net, "depthwise").inputs == std::vector<EdgePlan>{{Form::codes, GradientForm::float32}});
  CHECK(planned(net, "norm2").inputs == std::vector<EdgePlan>{{Form::sums, GradientForm::pieces}});
  const PassKind rounded{.training = true, .gradients = kernels::Precision::bfloat16};
  CHECK(net.plan(rounded).nodes[index(net, "depthwise")].inputs[0].gradient == GradientForm::bfloat16);
  CHECK(runs_as(net, net.plan(kTraining), index(net, "depthwise")) ==
        "depthwise products of codes, 16-bit sums");
  CHECK(runs_as(net, net.plan(kTraining), index(net, "norm2")) == "chain of 3 in registers");
  CHECK(runs_as(net, net.plan(kTraining), index(net, "relu2/quant")) == "with norm2, codes");
  step(net, images());
  CHECK(done(net, "depthwise").leaves == Form::sums);
  CHECK(done(net, "norm2").inputs[0].form == Form::sums);
}

TEST_CASE("the_plan_is_told_whether_sums_of_codes_fit") {
  Network net = separable();
  quantize_all(net, images(), 8);
  CHECK(planned(net, "depthwise").leaves == Form::reals);  // not expected of 8 bits
  step(net, images());
  CHECK(done(net, "depthwise").leaves == Form::reals);
  CHECK(done(net, "norm2").inputs[0].form == Form::reals);
  // With one tap a channel they do: 127 · 255 < 2^15.
  Conv2d& conv = std::get<Conv2d>(net.nodes()[index(net, "depthwise")].layer);
  for (long i = 0; i < conv.weight.value().size(); ++i)
    if (i % 9 != 4) conv.weight.mutable_value()[i] = 0;
  step(net, images());
  CHECK(done(net, "depthwise").leaves == Form::sums);
  CHECK(done(net, "norm2").inputs[0].form == Form::sums);
  CHECK(planned(net, "norm2").inputs[0].form == Form::reals);
}

TEST_CASE("the_plan_is_told_of_values_that_are_not_numbers") {
  Network net = separable();
  quantize_all(net, images());
  Tensor x = images().clone();
  x[7] = std::numeric_limits<Real>::quiet_NaN();
  step(net, x);
  CHECK(planned(net, "first").kernel == Kernel::code_products);
  CHECK(done(net, "first").kernel == Kernel::float_products);
  CHECK(planned(net, "norm").chain == 0);
  for (const char* name : {"norm", "relu", "relu/quant"}) {
    CHECK(done(net, name).chain == -1);
    CHECK(done(net, name).kernel == Kernel::alone);
    CHECK(done(net, name).leaves == Form::reals);
  }
  CHECK(done(net, "depthwise").kernel == Kernel::depthwise);
  CHECK(done(net, "depthwise").inputs[0] == EdgePlan{Form::reals, GradientForm::float32});
  step(net, images());  // and of numbers again
  CHECK(done(net, "norm").chain == 0);
}

TEST_CASE("a_plan_is_kept_until_a_layer_changes") {
  Network net = separable();
  step(net, images());
  const Plan* const first = &net.plan(kTraining);
  CHECK(first == &net.last_plan());
  CHECK(net.plan({.training = false}).nodes[index(net, "first")].moments == false);
  CHECK(&net.plan(kTraining) == first);
  CHECK(planned(net, "first").moments);
  std::get<Conv2d>(net.nodes()[index(net, "first")].layer).bias = Var(Tensor({16}), true);
  CHECK_FALSE(planned(net, "first").moments);
  net.insert_after({static_cast<int>(index(net, "relu"))}, "relu/quant", QuantizerOptions{.bits = 4});
  CHECK(net.plan(kTraining).nodes.size() == net.nodes().size());
  CHECK(planned(net, "relu/quant").leaves == Form::codes);
  std::get<Activation>(net.nodes()[index(net, "relu")].layer).options.kind = ActivationKind::leaky_relu;
  CHECK(planned(net, "relu").kernel == Kernel::blocks);
}

TEST_CASE("plain_observed_and_initializing_passes_have_no_chains") {
  Network net = separable();
  quantize_all(net, images());
  for (const PassKind& pass : {PassKind{.training = true, .plain = true}, PassKind{.observed = true},
                               PassKind{.initialize = true}}) {
    CHECK(net.plan(pass).chains.empty());
    for (const NodePlan& node : net.plan(pass).nodes) CHECK(node.chain == -1);
  }
  for (const NodePlan& node : net.plan({.plain = true}).nodes) CHECK_FALSE(node.multiplies_codes());
  CHECK(net.plan({.observed = true}).nodes[index(net, "depthwise")].multiplies_codes());
}

TEST_CASE("a_plan_of_no_walk_cannot_be_read") {
  const Network net = separable();
  CHECK_THROWS_WITH(net.last_plan(), Catch::Contains("found no walk"));
}

}  // namespace nibble::plan_test
