#include "quant/quantizer.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>

#include "autograd/ops/activation.h"
#include "core/kernels/pointwise/elementwise.h"
#include "quant/methods/initialize.h"
#include "quant/ops/fake_quantize.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::quantizer_test {
namespace {

struct Case {
  std::string name;
  QuantizerOptions options;
  long channels;
};

QuantizerOptions weight_options(QuantMethod method, int bits, Initialization initialization) {
  return {
      .method = method, .bits = bits, .is_signed = true, .weight = true, .initialization = initialization};
}

std::vector<Case> weight_quantizers() {
  std::vector<Case> cases;
  for (const int bits : {2, 3, 4, 8}) {
    const auto name = [&](const char* method) { return str(method, ' ', bits, " bits"); };
    const auto lsq = weight_options(QuantMethod::lsq, bits, Initialization::lsq);
    cases.push_back(
        {name("ours"), weight_options(QuantMethod::learned_scale_shift, bits, Initialization::mse), 6});
    cases.push_back({name("lsq per tensor"), lsq, 1});
    cases.push_back({name("lsq per channel"), lsq, 6});
    cases.push_back({name("lsq+"), weight_options(QuantMethod::lsq_plus, bits, Initialization::lsq_plus), 6});
    cases.push_back({name("pact"), weight_options(QuantMethod::pact, bits, Initialization::mse), 1});
    cases.push_back({name("dorefa"), weight_options(QuantMethod::dorefa, bits, Initialization::mse), 1});
  }
  return cases;
}

std::vector<Case> activation_quantizers() {
  std::vector<Case> cases;
  for (const int bits : {2, 4, 8}) {
    const auto add = [&](const char* method, QuantizerOptions options) {
      options.bits = bits;
      cases.push_back({str(method, ' ', bits, " bits"), options, 1});
    };
    add("ours", {.method = QuantMethod::learned_scale_shift});
    add("lsq signed", {.method = QuantMethod::lsq, .is_signed = true, .learn_shift = false});
    add("lsq unsigned", {.method = QuantMethod::lsq, .learn_shift = false});
    add("lsq+",
        {.method = QuantMethod::lsq_plus, .is_signed = true, .initialization = Initialization::lsq_plus});
    add("pact", {.method = QuantMethod::pact});
    add("dorefa", {.method = QuantMethod::dorefa});
  }
  return cases;
}

std::map<std::string, Var> parameters_of(Quantizer& quantizer) {
  std::map<std::string, Var> all;
  parameters(quantizer, [&](const std::string& name, ParameterKind, Var& v) { all.emplace(name, v); });
  return all;
}

Quantizer initialized_quantizer(const Case& c, const Tensor& sample) {
  Quantizer quantizer = make_quantizer(c.options, c.channels);
  initialize(quantizer, sample);
  return quantizer;
}

Tensor weights() { return uniform({6, 3, 3, 5}, 4, -0.3F, 0.2F); }
Tensor activations() { return swish(Var(uniform({4, 5, 5, 8}, 5, -4, 4))).value(); }

}  // namespace

TEST_CASE("integer_weights_are_exactly_those_of_the_forward_pass") {
  for (const Case& c : weight_quantizers()) {
    const Quantizer quantizer = initialized_quantizer(c, weights());
    const Grid grid = affine(quantizer).grid;
    for (const Real factor : {1, 20}) {  // 20: mostly at the ends of the grid
      CAPTURE(c.name, factor);
      const Tensor w = kernels::scaled(weights(), factor);
      const Tensor y = nibble::apply(quantizer, Var(w)).value.value();
      const IntegerWeight found = integer_weight(quantizer, w);
      REQUIRE(static_cast<long>(found.codes.size()) == y.size());
      REQUIRE(static_cast<long>(found.scale.size()) == c.channels);
      long different = 0, ends = 0;
      for (long i = 0; i < y.size(); ++i) {
        const int code = found.codes[static_cast<std::size_t>(i)];
        const Real scale = found.scale[static_cast<std::size_t>(i * c.channels / y.size())];
        different += y[i] != scale * static_cast<Real>(code) || code < grid.lo || code > grid.hi;
        ends += code == grid.lo || code == grid.hi;
      }
      CHECK(different == 0);
      CHECK(ends < y.size());
      if (factor > 1) CHECK(ends > 0);
    }
  }
}

TEST_CASE("activations_lie_on_the_grid_that_lowering_sees") {
  const Tensor x = activations();
  for (const Case& c : activation_quantizers()) {
    CAPTURE(c.name);
    const Quantizer quantizer = initialized_quantizer(c, x);
    const Quantized found = nibble::apply(quantizer, Var(x));
    const AffineGrid at = affine(quantizer);
    CHECK(found.grid.affine() == at);
    long different = 0;
    for (long i = 0; i < x.size(); ++i) {
      const Real q = (found.value.value()[i] - at.shift) / at.scale;
      different += std::lround(q) != at.code(x[i]) || std::abs(q - std::round(q)) > Real(1e-3);
    }
    CHECK(different == 0);
  }
}

TEST_CASE("values_of_a_grid_keep_their_codes_when_quantized_again") {
  for (const Grid grid : {Grid{0, 15}, Grid{-8, 7}, Grid{0, 255}}) {
    for (const Real scale : {Real(1e-6), Real(0.1), Real(7)}) {
      for (const double steps : {0.0, -0.3, 4.7, -1000.0}) {  // shift in steps of the grid
        const AffineGrid at{grid, scale, static_cast<Real>(steps) * scale};
        for (int code = grid.lo; code <= grid.hi; ++code) {
          CAPTURE(grid.lo, grid.hi, scale, steps, code);
          REQUIRE(at.code(at.value(code)) == code);
        }
      }
    }
  }
}

TEST_CASE("a_quantizer_round_trips_through_its_parameters") {
  const Tensor x = activations();
  std::vector<Case> cases = weight_quantizers();
  for (const Case& c : activation_quantizers()) cases.push_back(c);
  for (const Case& c : cases) {
    CAPTURE(c.name);
    const Tensor sample = c.options.weight ? weights() : x;
    Quantizer first = initialized_quantizer(c, sample), second = make_quantizer(c.options, c.channels);
    const auto saved = parameters_of(first);
    CHECK(initialized(second) == saved.empty());  // DoReFa has nothing to initialize
    for (auto& [name, value] : parameters_of(second)) value.mutable_value() = saved.at(name).value().clone();
    CHECK(initialized(second));
    CHECK(affine(second) == affine(first));
    check_equal(c.name, nibble::apply(second, Var(sample)).value.value(),
                nibble::apply(first, Var(sample)).value.value());
  }
}

TEST_CASE("a_quantizer_without_a_scale_refuses_to_guess_one") {
  for (const auto& options : {QuantizerOptions{.method = QuantMethod::learned_scale_shift},
                              QuantizerOptions{.method = QuantMethod::pact}}) {
    const Quantizer quantizer = make_quantizer(options, 1);
    CHECK_FALSE(initialized(quantizer));
    CHECK_THROWS_WITH(nibble::apply(quantizer, Var(Tensor({3}))),
                      Catch::Contains("expected one from data or a checkpoint"));
  }
}

TEST_CASE("only_activations_of_methods_that_learn_a_shift_have_one") {
  const auto has_shift = [](QuantizerOptions options) {
    Quantizer quantizer = make_quantizer(options, 1);
    return parameters_of(quantizer).count("shift") == 1;
  };
  CHECK(has_shift({.method = QuantMethod::learned_scale_shift}));
  CHECK(has_shift({.method = QuantMethod::lsq_plus}));
  CHECK_FALSE(has_shift({.method = QuantMethod::lsq_plus, .learn_shift = false}));
  CHECK_FALSE(has_shift({.method = QuantMethod::lsq}));
  CHECK_FALSE(has_shift({.method = QuantMethod::learned_scale_shift, .weight = true}));
}

TEST_CASE("scales_stay_positive_and_finite_whatever_their_parameter_becomes") {
  const Tensor x = activations();
  for (const Case& c : activation_quantizers()) {
    if (c.options.method == QuantMethod::dorefa) continue;  // has no parameter
    for (const double rho : {-1e30, -1e3, 1e3, 1e30}) {
      CAPTURE(c.name, rho);
      Quantizer quantizer = initialized_quantizer(c, x);
      int moved = 0;
      for (auto& [name, value] : parameters_of(quantizer)) {
        if (name != "relative_scale" && name != "relative_clip") continue;
        value.mutable_value()[0] = static_cast<Real>(rho);
        ++moved;
      }
      CHECK(moved == 1);
      const Real scale = affine(quantizer).scale;
      CHECK(scale > 0);
      CHECK(std::isfinite(scale));
      CHECK(std::isfinite(1 / scale));
      const Var input(x, true), y = nibble::apply(quantizer, input).value;
      backward(y, x);
      for (const auto& [name, value] : parameters_of(quantizer)) {
        if (value.wants_gradient()) CHECK(std::isfinite(value.gradient()[0]));
      }
    }
  }
}

TEST_CASE("gradients_of_scale_and_shift_carry_the_factor_of_their_option") {
  struct Scaled {
    GradientScale option;
    bool weight;
    long channels;
    double elements;  // N of 1/√(N·hi); 0 for no factor
  };
  const Shape shape{6, 4, 4, 3};
  const Tensor x = uniform(shape, 6, -1, 1), dy = uniform(shape, 7);
  for (const Scaled& c :
       {Scaled{GradientScale::none, false, 1, 0}, Scaled{GradientScale::elements, false, 1, 288},
        Scaled{GradientScale::features, false, 1, 48}, Scaled{GradientScale::elements, true, 1, 288},
        Scaled{GradientScale::elements, true, 6, 48}, Scaled{GradientScale::features, true, 6, 48}}) {
    CAPTURE(static_cast<int>(c.option), c.weight, c.channels);
    Quantizer quantizer = make_quantizer(
        {.bits = 3, .is_signed = c.weight, .weight = c.weight, .gradient_scale = c.option}, c.channels);
    initialize(quantizer, x);
    std::map<std::string, Var> learned = parameters_of(quantizer);
    backward(nibble::apply(quantizer, Var(x)).value, dy);

    Tensor s({c.channels});
    for (long i = 0; i < c.channels; ++i) s[i] = learned["first_scale"].value()[i];  // where training starts
    const Var scale(s, true), shift = c.weight ? Var() : Var(learned["shift"].value().clone(), true);
    backward(fake_quantize(Var(x), scale, shift, affine(quantizer).grid), dy);

    const double hi = c.weight ? 3 : 7;
    const double g = c.elements == 0 ? 1 : 1 / std::sqrt(c.elements * hi);
    for (long i = 0; i < c.channels; ++i) {
      CHECK(learned["relative_scale"].gradient()[i] == Approx(g * scale.gradient()[i] / s[i]));
    }
    if (!c.weight) CHECK(learned["shift"].gradient()[0] == Approx(g * shift.gradient()[0]));
  }
}

TEST_CASE("descent_on_the_error_brings_a_poor_grid_near_the_best_one") {
  const Tensor x = activations();
  for (const QuantMethod method : {QuantMethod::learned_scale_shift, QuantMethod::lsq}) {
    const QuantizerOptions options{.method = method, .bits = 2, .gradient_scale = GradientScale::none};
    const bool with_shift = method != QuantMethod::lsq;
    const Grid grid = Grid::unsigned_bits(2);
    Quantizer quantizer = make_quantizer(options, 1);
    initialize(quantizer, x);
    auto learned = parameters_of(quantizer);
    learned["relative_scale"].mutable_value()[0] = 1;  // twice the best scale
    const auto error = [&] {
      const AffineGrid at = affine(quantizer);
      return quantization_error(x.data(), x.size(), grid, {double(at.scale), double(at.shift)});
    };
    const double poor = error();
    for (int step = 0; step < 400; ++step) {
      const Var y = nibble::apply(quantizer, Var(x)).value;
      Tensor dy(x.shape());
      for (long i = 0; i < x.size(); ++i) dy[i] = 2 * (y.value()[i] - x[i]) / static_cast<Real>(x.size());
      backward(y, dy);
      for (auto& [name, value] : learned) {
        if (!value.wants_gradient()) continue;
        value.mutable_value()[0] -= Real(0.05) * value.gradient()[0];
        value.clear_gradient();
      }
    }
    CAPTURE(static_cast<int>(method), poor);
    const double best = quantization_error(x.data(), x.size(), grid,
                                           initial_grid(x.data(), x.size(), grid, with_shift, options));
    CHECK(poor > 2 * best);
    CHECK(error() < 1.1 * best);
  }
}

TEST_CASE("dorefa_uses_odd_codes_whose_ends_are_one") {
  const Quantizer quantizer = make_quantizer(weight_options(QuantMethod::dorefa, 2, Initialization::mse), 1);
  const Tensor w({5}, {-2, -0.1F, 0, 0.1F, 2});
  const IntegerWeight found = integer_weight(quantizer, w);
  CHECK(found.codes == std::vector<int>{-3, -1, 1, 1, 3});  // zero is a tie between −1 and 1: up
  CHECK(found.scale[0] == Approx(1.0 / 3));
  const Tensor y = nibble::apply(quantizer, Var(w)).value.value();
  CHECK(y[0] == Approx(-1));
  CHECK(y[4] == Approx(1));
  for (const int code : integer_weight(quantizer, Tensor({4})).codes) CHECK(code == 1);  // all zero
}

TEST_CASE("codes_of_dorefa_fit_a_byte_at_8_bits") {
  const Quantizer quantizer = make_quantizer(weight_options(QuantMethod::dorefa, 8, Initialization::mse), 1);
  const Tensor w({5}, {-20, -0.001F, 0, 0.001F, 20});
  const IntegerWeight found = integer_weight(quantizer, w);
  CHECK(found.codes == std::vector<int>{-127, 0, 0, 0, 127});
  const Tensor y = nibble::apply(quantizer, Var(w)).value.value();
  for (long i = 0; i < w.size(); ++i)
    CHECK(y[i] == Approx(static_cast<Real>(found.codes[static_cast<std::size_t>(i)]) / 127));
}

TEST_CASE("dorefa_activations_are_clipped_to_one") {
  const Quantizer quantizer = make_quantizer({.method = QuantMethod::dorefa, .bits = 2}, 1);
  const Tensor x({5}, {-1, 0.1F, 0.4F, 1, 7});
  const Var input(x, true), y = nibble::apply(quantizer, input).value;
  check_close("value", y.value(), Tensor({5}, {0, 0, Real(1) / 3, 1, 1}), 1e-6);
  backward(y, Tensor({5}, {1, 1, 1, 1, 1}));
  check_equal("dx", input.gradient(), Tensor({5}, {0, 1, 1, 1, 0}));
}

TEST_CASE("weights_that_are_not_finite_have_no_codes") {
  Tensor w = weights();
  w[10] = std::numeric_limits<Real>::quiet_NaN();
  for (const Case& c : weight_quantizers()) {
    CAPTURE(c.name);
    const Quantizer quantizer = initialized_quantizer(c, weights());
    CHECK(
        std::isnan(nibble::apply(quantizer, Var(w)).value.value()[10]));  // training hands it on, and notices
    CHECK_THROWS_WITH(integer_weight(quantizer, w), Catch::Contains("expected finite"));
  }
}

TEST_CASE("pact_and_dorefa_do_not_depend_on_the_number_of_threads") {
  const Tensor x = uniform({3, 70'001}, 1, -1, 5), dy = uniform(x.shape(), 2);
  for (const Case& c : activation_quantizers()) {
    if (c.options.method != QuantMethod::pact && c.options.method != QuantMethod::dorefa) continue;
    check_threads_agree(c.name, [&] {
      Quantizer quantizer = initialized_quantizer(c, x);
      const Var input(x, true), y = nibble::apply(quantizer, input).value;
      std::vector<Tensor> all{y.value()};
      backward(y, dy);
      all.push_back(input.gradient());
      for (const auto& [name, value] : parameters_of(quantizer)) {
        if (name == "relative_clip") all.push_back(value.gradient());
      }
      CHECK(all.size() == (c.options.method == QuantMethod::pact ? 3 : 2));
      return all;
    });
  }
}

TEST_CASE("make_quantizer_names_what_a_method_cannot_do") {
  CHECK_THROWS_WITH(make_quantizer({.method = QuantMethod::none}, 1), Catch::Contains("none"));
  CHECK_THROWS_WITH(make_quantizer({.bits = 9}, 1), Catch::Contains("found 9 bits, expected 2 to 8"));
  CHECK_THROWS_WITH(make_quantizer({.bits = 1}, 1), Catch::Contains("found 1 bits, expected 2 to 8"));
  CHECK_THROWS_WITH(make_quantizer({.method = QuantMethod::dorefa, .weight = true}, 16),
                    Catch::Contains("found 16 scales for a weight of PACT or DoReFa, expected 1"));
  CHECK_THROWS_WITH(make_quantizer({.method = QuantMethod::pact, .is_signed = true}, 1),
                    Catch::Contains("expected unsigned"));
  CHECK_THROWS_WITH(make_quantizer({}, 16), Catch::Contains("found 16 scales for activations, expected 1"));
  CHECK_THROWS_WITH(integer_weight(make_quantizer({.method = QuantMethod::pact}, 1), weights()),
                    Catch::Contains("found a weight, expected activations"));
}

}  // namespace nibble::quantizer_test
