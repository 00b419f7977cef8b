#include "autograd/optimizer.h"

#include <cmath>
#include <map>

#include "autograd/ops/elementwise.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::optimizer_test {
namespace {

constexpr long kLarge = 20001;  // more than two pieces

NamedParameter parameter(const std::string& name, ParameterKind kind, const Shape& shape,
                         std::uint64_t seed = 1) {
  return {name, kind, Var(uniform(shape, seed), true)};
}

// What a step with this index would find, a little different each time.
Tensor gradient_of_step(const Shape& shape, int step) {
  return uniform(shape, static_cast<std::uint64_t>(100 + step));
}

// The formulas of the header on one element, in double.
struct Scalar {
  double w = 0, first = 0, second = 0;
  void step(const OptimizerOptions& o, const OptimizerGroup& group, double g, double learning_rate, int t) {
    const double eta = learning_rate * group.learning_rate;
    if (group.kind == OptimizerKind::sgd) {
      g += group.weight_decay * w;
      first = o.momentum * first + g;
      w -= eta * (o.nesterov ? g + o.momentum * first : first);
    } else {
      first = o.beta1 * first + (1 - o.beta1) * g;
      second = o.beta2 * second + (1 - o.beta2) * g * g;
      const double mean = first / (1 - std::pow(o.beta1, t)), square = second / (1 - std::pow(o.beta2, t));
      w -= eta * (group.weight_decay * w + mean / (std::sqrt(square) + o.epsilon));
    }
  }
};

std::vector<Real> values(const Var& x) { return {x.value().begin(), x.value().end()}; }

}  // namespace

TEST_CASE("steps_follow_the_formulas") {
  struct Case {
    const char* what;
    OptimizerOptions options;
  };
  const OptimizerGroup sgd{.weight_decay = 0.01}, adamw{.kind = OptimizerKind::adamw, .weight_decay = 0.1};
  for (const auto& [what, options] : {
           Case{"nesterov", {.weight = sgd}},
           Case{"momentum", {.weight = sgd, .nesterov = false}},
           Case{"no momentum", {.weight = sgd, .momentum = 0, .nesterov = false}},
           Case{"adamw", {.weight = adamw}},
           Case{"adamw, other betas", {.weight = adamw, .beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-3}},
           Case{"relative rate", {.weight = {.learning_rate = 0.25, .weight_decay = 0.01}}},
       }) {
    const NamedParameter w = parameter("w", ParameterKind::weight, {kLarge});
    std::vector<Scalar> expected(kLarge);
    for (long i = 0; i < kLarge; ++i)
      expected[static_cast<std::size_t>(i)].w = static_cast<double>(w.value.value()[i]);
    Optimizer optimizer(options, {w});
    for (int t = 1; t <= 4; ++t) {
      Var live = w.value;
      live.set_gradient(gradient_of_step({kLarge}, t));
      for (long i = 0; i < kLarge; ++i) {
        expected[static_cast<std::size_t>(i)].step(options, options.weight,
                                                   static_cast<double>(live.gradient()[i]), 0.1 / t, t);
      }
      optimizer.step(0.1 / t);
    }
    CHECK(optimizer.steps() == 4);
    Tensor truth({kLarge});
    for (long i = 0; i < kLarge; ++i) truth[i] = static_cast<Real>(expected[static_cast<std::size_t>(i)].w);
    check_close(what, w.value.value(), truth, 1e-5);
  }
}

TEST_CASE("each_kind_of_parameter_follows_its_own_settings") {
  const OptimizerOptions options{.weight = {.learning_rate = 1},
                                 .norm = {.learning_rate = 2},
                                 .quantizer = {.learning_rate = 0},
                                 .momentum = 0};
  const std::vector<NamedParameter> all{
      parameter("weight", ParameterKind::weight, {2}), parameter("bias", ParameterKind::bias, {2}),
      parameter("gamma", ParameterKind::norm, {2}), parameter("scale", ParameterKind::quantizer, {2})};
  const std::vector<Real> before = values(all[0].value);
  Optimizer optimizer(options, all);
  for (const NamedParameter& p : all) {
    Var live = p.value;
    live.set_gradient(Tensor({2}, {1, 1}));
  }
  optimizer.step(0.5);
  const Real moved[] = {0.5, 1, 1, 0};
  for (std::size_t k = 0; k < all.size(); ++k) {
    INFO(all[k].name);
    CHECK(all[k].value.value()[0] == Approx(before[0] - moved[k]));
    CHECK(all[k].value.value()[1] == Approx(before[1] - moved[k]));
  }
}

TEST_CASE("a_parameter_may_have_a_learning_rate_of_its_own") {
  const std::vector<NamedParameter> all{parameter("one", ParameterKind::weight, {1}),
                                        parameter("other", ParameterKind::weight, {1})};
  const Real one = all[0].value.value()[0], other = all[1].value.value()[0];
  Optimizer optimizer({.weight = {.learning_rate = 2, .weight_decay = 0}, .momentum = 0}, all);
  for (const NamedParameter& p : all) {
    Var live = p.value;
    live.set_gradient(Tensor({1}, {1}));
  }
  optimizer.set_learning_rate("other", 0.25);
  optimizer.step(0.5);
  CHECK(all[0].value.value()[0] == Approx(one - 1));
  CHECK(all[1].value.value()[0] == Approx(other - 0.25));
  CHECK_THROWS_WITH(optimizer.set_learning_rate("third", 1),
                    "optimizer: found no parameter 'third', expected one that it trains");
}

TEST_CASE("only_weights_decay_by_default") {
  const OptimizerOptions defaults;
  CHECK(defaults.weight.weight_decay > 0);
  CHECK(defaults.norm.weight_decay == 0);
  CHECK(defaults.quantizer.weight_decay == 0);
}

TEST_CASE("quantizers_may_have_another_optimizer") {
  const OptimizerOptions options{.quantizer = {.kind = OptimizerKind::adamw}};
  const NamedParameter w = parameter("w", ParameterKind::weight, {1});
  const NamedParameter s = parameter("s", ParameterKind::quantizer, {1});
  Optimizer optimizer(options, {w, s});
  std::vector<std::string> names;
  optimizer.state([&](const std::string& name, Tensor&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"momentum/w", "mean/s", "square/s"});

  Optimizer forgetful({.quantizer = {.kind = OptimizerKind::adamw}, .momentum = 0}, {w, s});
  names.clear();
  forgetful.state([&](const std::string& name, Tensor&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"mean/s", "square/s"});

  const Real before = s.value.value()[0];
  for (Var live : {w.value, s.value}) live.set_gradient(Tensor({1}, {1000}));
  optimizer.step(0.01);
  CHECK(s.value.value()[0] == Approx(before - Real(0.01)));  // adamw's first step has the length of its rate
}

TEST_CASE("clipping_scales_all_gradients_to_the_norm_together") {
  const OptimizerOptions options{.weight = {}, .momentum = 0, .clip_norm = 1};
  const NamedParameter a{"a", ParameterKind::weight, Var(Tensor({2}), true)};
  const NamedParameter b{"b", ParameterKind::bias, Var(Tensor({1}), true)};
  Optimizer optimizer(options, {a, b});
  Var(a.value).set_gradient(Tensor({2}, {2, 4}));
  Var(b.value).set_gradient(Tensor({1}, {4}));
  CHECK(optimizer.gradient_norm() == Approx(6));
  CHECK(optimizer.step(3) == Approx(6));
  check_close("a", a.value.value(), Tensor({2}, {-1, -2}), 1e-6);
  check_close("b", b.value.value(), Tensor({1}, {-2}), 1e-6);

  Var(a.value).set_gradient(Tensor({2}, {0.5, 0}));
  Var(b.value).set_gradient(Tensor({1}, {0}));
  CHECK(optimizer.step(1) == Approx(0.5));  // short enough: as it is
  check_close("a", a.value.value(), Tensor({2}, {-1.5, -2}), 1e-6);
}

TEST_CASE("gradients_accumulate_over_passes_before_a_step") {
  const auto trained = [](int passes) {
    const NamedParameter w = parameter("w", ParameterKind::weight, {5});
    Optimizer optimizer({}, {w});
    for (int i = 0; i < passes; ++i) {
      Tensor seed = uniform({5}, 2);
      for (Real& value : seed) value /= static_cast<Real>(passes);
      backward(scaled(w.value, 3), seed);
    }
    optimizer.step(0.1);
    optimizer.clear_gradients();
    CHECK(w.value.gradient().empty());
    return values(w.value);
  };
  CHECK(trained(2) == trained(1));  // halves of floats add up exactly
}

TEST_CASE("a_parameter_without_a_gradient_stays_as_it_is") {
  const NamedParameter used = parameter("used", ParameterKind::weight, {3});
  const NamedParameter idle = parameter("idle", ParameterKind::weight, {3});
  const std::vector<Real> before = values(idle.value);
  Optimizer optimizer({.weight = {.weight_decay = 0.5}}, {used, idle});
  Var(used.value).set_gradient(Tensor({3}, {1, 1, 1}));
  optimizer.step(0.1);
  CHECK(values(idle.value) == before);
  CHECK(values(used.value) != before);
}

TEST_CASE("a_restored_optimizer_continues_bit_for_bit") {
  for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adamw}) {
    const OptimizerOptions options{.weight = {.kind = kind, .weight_decay = 1e-3}};
    const auto run = [](Optimizer& optimizer, Var w, int from, int to) {
      for (int t = from; t < to; ++t) {
        w.set_gradient(gradient_of_step(w.shape(), t));
        optimizer.step(0.1);
      }
    };
    const NamedParameter whole = parameter("w", ParameterKind::weight, {100});
    Optimizer uninterrupted(options, {whole});
    run(uninterrupted, whole.value, 0, 3);

    std::map<std::string, Tensor> saved;
    uninterrupted.state([&](const std::string& name, Tensor& value) { saved[name] = value.clone(); });
    const NamedParameter resumed{"w", ParameterKind::weight, Var(whole.value.value().clone(), true)};
    Optimizer other(options, {resumed});
    other.state([&](const std::string& name, Tensor& value) { value = saved.at(name); });
    other.set_steps(uninterrupted.steps());

    run(uninterrupted, whole.value, 3, 6);
    run(other, resumed.value, 3, 6);
    CHECK(values(resumed.value) == values(whole.value));
  }
}

TEST_CASE("optimizer_steps_do_not_depend_on_the_thread_count") {
  for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adamw}) {
    check_threads_agree(kind == OptimizerKind::sgd ? "sgd" : "adamw", [kind] {
      const std::vector<NamedParameter> all{parameter("w", ParameterKind::weight, {kLarge}, 1),
                                            parameter("b", ParameterKind::bias, {3}, 2)};
      Optimizer optimizer({.weight = {.kind = kind}, .clip_norm = 0.5}, all);
      Tensor norms({3});
      for (int t = 0; t < 3; ++t) {
        for (const NamedParameter& p : all) Var(p.value).set_gradient(gradient_of_step(p.value.shape(), t));
        norms[t] = static_cast<Real>(optimizer.step(0.1));
      }
      return std::vector<Tensor>{all[0].value.value(), all[1].value.value(), norms};
    });
  }
}

TEST_CASE("an_optimizer_refuses_what_is_not_trained") {
  CHECK_THROWS_WITH(Optimizer({}, {parameter("bn/mean", ParameterKind::statistic, {1})}),
                    "optimizer: found 'bn/mean', a statistic, expected a trained parameter");
  CHECK_THROWS_WITH(Optimizer({}, {{"fixed", ParameterKind::weight, Var(Tensor({1}))}}),
                    "optimizer: found 'fixed', which wants no gradient, expected a trained parameter");
}

TEST_CASE("a_weight_average_follows_its_formula") {
  const NamedParameter w{"w", ParameterKind::weight, Var(Tensor({2}, {1, 10}), true)};
  WeightAverage average(0.75, {w});
  double expected[] = {1, 10};
  for (int t = 1; t <= 3; ++t) {
    for (long i = 0; i < 2; ++i) {
      Var(w.value).mutable_value()[i] += static_cast<Real>(t);
      expected[i] = 0.75 * expected[i] + 0.25 * static_cast<double>(w.value.value()[i]);
    }
    average.update();
  }
  int tensors = 0;
  average.state([&](const std::string& name, Tensor& value) {
    ++tensors;
    CHECK(name == "w");
    CHECK(static_cast<double>(value[0]) == Approx(expected[0]));
    CHECK(static_cast<double>(value[1]) == Approx(expected[1]));
  });
  CHECK(tensors == 1);
}

TEST_CASE("a_weight_average_swaps_in_and_out_without_a_trace") {
  const NamedParameter w = parameter("w", ParameterKind::weight, {8});
  WeightAverage average(0.5, {w});
  const std::vector<Real> start = values(w.value);
  for (Real& value : Var(w.value).mutable_value()) value += 1;
  const std::vector<Real> live = values(w.value);
  CHECK_FALSE(average.swapped());
  average.swap();
  CHECK(average.swapped());
  CHECK(values(w.value) == start);
  average.swap();
  CHECK(values(w.value) == live);
  CHECK_THROWS_WITH(WeightAverage(1, {w}), "weight average: found decay 1, expected 0 <= decay < 1");
}

}  // namespace nibble::optimizer_test
