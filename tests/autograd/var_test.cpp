#include "autograd/var.h"

#include <string>

#include "autograd/ops/elementwise.h"
#include "core/kernels/pointwise/elementwise.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::var_test {
namespace {

Var parameter(Real value) { return Var(Tensor({1}, {value}), true); }

Real gradient(const Var& x) { return x.gradient()[0]; }

}  // namespace

TEST_CASE("a_gradient_is_empty_until_a_backward_pass_reaches_it") {
  const Var x = parameter(3), other = parameter(4);
  CHECK(x.gradient().empty());
  backward(scaled(x, 2));
  CHECK(gradient(x) == 2);
  CHECK(other.gradient().empty());
}

TEST_CASE("gradients_add_up_over_passes_until_cleared") {
  Var x = parameter(3);
  backward(scaled(x, 2));
  backward(scaled(x, 5));
  CHECK(gradient(x) == 7);
  x.clear_gradient();
  CHECK(x.gradient().empty());
  backward(scaled(x, 5));
  CHECK(gradient(x) == 5);
}

TEST_CASE("gradients_of_a_diamond_add_up_before_they_go_on") {
  const Var x = parameter(3);
  const Var square = multiply(x, x);                       // x²
  backward(add(multiply(square, x), scaled(square, 10)));  // x³ + 10 x²
  CHECK(gradient(x) == 3 * 9 + 10 * 2 * 3);
}

TEST_CASE("a_gradient_shared_by_two_inputs_is_not_overwritten") {
  // add hands the same tensor to both inputs; the second use of a must not change the gradient of b.
  const Var a = parameter(1), b = parameter(2);
  const Var first = add(a, b);
  backward(add(first, scaled(a, 4)));
  CHECK(gradient(a) == 5);
  CHECK(gradient(b) == 1);
}

TEST_CASE("the_seed_of_a_pass_is_left_as_it_was") {
  const Var x(uniform({4}), true);
  Tensor seed({4}, {1, 2, 3, 4});
  backward(add(x, x), seed);
  backward(add(x, x), seed);
  check_equal("seed", seed, Tensor({4}, {1, 2, 3, 4}));
  check_equal("gradient", x.gradient(), Tensor({4}, {4, 8, 12, 16}));
}

TEST_CASE("a_leaf_is_done_when_nothing_more_is_added_to_its_gradient") {
  const Var early(Tensor({1}, {2}), true), late(Tensor({1}, {3}), true), constant(Tensor({1}, {5}));
  const Var product = multiply(early, late);                     // walked last
  const Var sum = add(add(product, constant), add(late, late));  // reads `late` twice in one op
  std::vector<std::pair<const char*, Real>> done;
  const Tensor seed({1}, {1});
  backward(sum, seed,
           [&](Var& leaf) { done.emplace_back(leaf.is(late) ? "late" : "early", leaf.gradient()[0]); });
  REQUIRE(done.size() == 2);  // not the constant
  CHECK(std::is_permutation(done.begin(), done.end(),
                            std::vector<std::pair<const char*, Real>>{{"early", 3}, {"late", 4}}.begin()));
  CHECK(late.gradient()[0] == 4);

  std::string order;  // of the ops that read them, from the last one back
  const Var first(Tensor({1}, {2}), true), second(Tensor({1}, {3}), true);
  backward(multiply(scaled(first, 2), second), seed, [&](Var& leaf) { order += leaf.is(first) ? "1" : "2"; });
  CHECK(order == "21");
}

TEST_CASE("constants_get_no_gradient_and_their_ops_do_not_compute_it") {
  const Var x = parameter(3), constant(Tensor({1}, {5}));
  bool computed = false;
  const Var y = record("test", {x, constant}, Tensor({1}), [&](const Tensor& dy, Gradients& into) {
    CHECK(into.wanted(0));
    CHECK_FALSE(into.wanted(1));
    into.add(0, dy);
    into.add(1, [&] {
      computed = true;
      return dy;
    });
  });
  backward(y);
  CHECK(gradient(x) == 1);
  CHECK(constant.gradient().empty());
  CHECK_FALSE(computed);
}

TEST_CASE("nothing_is_recorded_without_gradients") {
  const Var x = parameter(3);
  {
    const NoGradient evaluation;
    CHECK_FALSE(scaled(x, 2).wants_gradient());
    { const NoGradient nested; }
    CHECK_FALSE(scaled(x, 2).wants_gradient());
  }
  CHECK(scaled(x, 2).wants_gradient());
  CHECK_FALSE(scaled(Var(Tensor({1})), 2).wants_gradient());
}

TEST_CASE("saved_tensors_are_freed_while_the_tape_is_walked") {
  const Var x = parameter(3);
  Tensor saved({1000});
  std::vector<bool> unique;
  const Var first = record("first", {x}, Tensor({1}), [&](const Tensor& dy, Gradients& into) {
    unique.push_back(saved.unique());  // the later op has run, and let go of it
    into.add(0, dy);
  });
  const Var second =
      record("second", {first}, Tensor({1}), [saved](const Tensor& dy, Gradients& into) { into.add(0, dy); });
  CHECK_FALSE(saved.unique());
  backward(second);
  CHECK(unique == std::vector<bool>{true});
}

TEST_CASE("a_long_chain_needs_no_deep_stack") {
  const Var x = parameter(1);
  Var y = x;
  for (int i = 0; i < 200000; ++i) y = scaled(y, 1);
  backward(y);
  CHECK(gradient(x) == 1);
}

TEST_CASE("backward_names_what_it_cannot_do") {
  CHECK_THROWS_WITH(backward(Var(Tensor({1}))), "backward: the result does not depend on any parameter");
  const Var x(Tensor({2, 3}), true);
  CHECK_THROWS_WITH(backward(x), "backward: a loss has one element, found [2, 3]");
  CHECK_THROWS_WITH(backward(x, Tensor({3, 2})), "backward: seed [3, 2] for a result of shape [2, 3]");
}

TEST_CASE("parameter_kinds_have_names") {
  CHECK(std::string(name(ParameterKind::weight)) == "weight");
  CHECK(std::string(name(ParameterKind::bias)) == "bias");
  CHECK(std::string(name(ParameterKind::norm)) == "norm");
  CHECK(std::string(name(ParameterKind::quantizer)) == "quantizer");
  CHECK(std::string(name(ParameterKind::statistic)) == "statistic");
}

TEST_CASE("a_piecewise_tensor_is_computed_where_it_is_read") {
  const Shape shape{3, 2};
  int fills = 0;
  const auto ramp = [&](Range elements, Real* into) {
    ++fills;
    for (long i = elements.begin; i < elements.end; ++i) *into++ = static_cast<Real>(i);
  };
  const PiecewiseTensor gradient(shape, ramp);
  check_equal("rows", gradient.rows({1, 3}), Tensor({2, 2}, {2, 3, 4, 5}));
  check_equal("whole", gradient.whole(), Tensor(shape, {0, 1, 2, 3, 4, 5}));
  check_equal("of a tensor", PiecewiseTensor(Tensor(shape, {5, 4, 3, 2, 1, 0})).rows({2, 3}),
              Tensor({1, 2}, {1, 0}));

  CHECK(*PiecewiseTensor(Tensor(shape, {5, 4, 3, 2, 1, 0})).block({2, 4}, nullptr) == 3);
  const PiecewiseTensor bfloat16(Array<std::uint16_t>({1, 3}, {0x3f80, 0xc020, 0x0000}));
  check_equal("bfloat16", bfloat16.whole(), Tensor({1, 3}, {1, -2.5, 0}));
  const Shape tall{400, 3};  // more than one block of a sum
  const PiecewiseTensor count(tall, ramp), twice = count + PiecewiseTensor(count.whole());
  Tensor doubled = count.whole();
  for (Real& v : doubled) v *= 2;
  check_equal("a sum", twice.whole(), doubled);
  check_equal("rows of a sum", twice.rows({7, 399}), doubled.rows(7, 399));

  // An op that reads pieces gets it uncomputed, alone and as part of a sum.
  for (const int uses : {1, 2}) {
    fills = 0;
    int fills_before_reading = -1;
    const Var x(Tensor(shape), true);
    const Var y =
        record_piecewise("reader", {x}, Tensor(shape), [&](const PiecewiseTensor& dy, Gradients& into) {
          fills_before_reading = fills;
          into.add(0, dy.whole());
        });
    Var sum = record("writer", {y}, Tensor({1}),
                     [&](const Tensor&, Gradients& into) { into.add(0, PiecewiseTensor(shape, ramp)); });
    if (uses == 2) {
      sum = add(sum, record("writer", {y}, Tensor({1}), [&](const Tensor&, Gradients& into) {
                  into.add(0, Tensor(shape, {1, 1, 1, 1, 1, 1}));
                }));
    }
    backward(sum);
    CHECK(fills_before_reading == 0);
    const Real more = uses == 2 ? 1 : 0;
    check_equal(str(uses, " uses"), x.gradient(),
                Tensor(shape, {more, 1 + more, 2 + more, 3 + more, 4 + more, 5 + more}));
  }
}

TEST_CASE("a_lazy_value_is_computed_once_and_only_when_it_is_read") {
  int computed = 0;
  const Var x(Tensor({2}, {1, 2}), true);
  const Var y = record_lazy(
      "lazy", {x}, {2},
      [&] {
        ++computed;
        return Tensor({2}, {3, 4});
      },
      [](const Tensor& dy, Gradients& into) { into.add(0, dy); });
  CHECK(y.shape() == Shape{2});
  backward(y, Tensor({2}, {7, 8}));
  CHECK(computed == 0);
  check_equal("gradient", x.gradient(), Tensor({2}, {7, 8}));
  check_equal("value", y.value(), Tensor({2}, {3, 4}));
  check_equal("value again", y.value(), Tensor({2}, {3, 4}));
  CHECK(computed == 1);
}

TEST_CASE("a_value_in_pieces_is_computed_as_a_whole_only_for_who_asks_for_it") {
  long computed = 0;
  const PiecewiseTensor value({3, 2}, [&](Range elements, Real* into) {
    computed += elements.size();
    std::fill_n(into, elements.size(), Real(5));
  });
  const Var x(Tensor({3, 2}), true);
  const Var y = record_piecewise("pieces", {x}, value,
                                 [](const PiecewiseTensor& dy, Gradients& into) { into.add(0, dy); });
  CHECK(y.shape() == Shape{3, 2});
  CHECK(computed == 0);
  check_equal("rows", y.pieces().rows({1, 2}), Tensor({1, 2}, {5, 5}));
  CHECK(computed == 2);
  check_equal("whole", y.value(), Tensor({3, 2}, {5, 5, 5, 5, 5, 5}));
  CHECK(computed == 8);
  const Var whole = record_piecewise("whole", {x}, Tensor({3, 2}), [](const PiecewiseTensor&, Gradients&) {});
  CHECK(whole.pieces().is_whole());
}

TEST_CASE("a_hook_sees_a_gradient_while_the_only_reader_of_its_value_makes_it") {
  for (const bool rewrites : {false, true}) {
    for (const int readers : {1, 2}) {
      long seen = 0, seen_before_walk = 0;
      const Var x(Tensor({2}, {1, 2}), true);
      const auto pass = [](const PiecewiseTensor& dy, Gradients& into) { into.add(0, dy); };
      Var y = record_piecewise("hooked", {x}, Tensor({2}, {1, 2}),
                               [&](const PiecewiseTensor& dy, Gradients& into) {
                                 seen_before_walk = seen;
                                 into.add(0, dy);
                               });
      if (rewrites) {
        y.hook_gradient({.rewrite = [&](long, Range elements, Real* values) {
          seen += elements.size();
          for (long i = 0; i < elements.size(); ++i) values[i] *= 10;
        }});
      } else {
        y.hook_gradient({.listen = [&](long, Range elements, const Real*) { seen += elements.size(); }});
      }
      const Var z =
          record_piecewise("reader", {y}, Tensor({2}), [&](const PiecewiseTensor& dy, Gradients& into) {
            Tensor whole = dy.whole().clone();
            if (into.hook(0)) (*into.hook(0))(0, {0, 2}, whole.data());
            into.add(0, whole);
          });
      if (readers == 2) record_piecewise("other reader", {y}, Tensor({2}), pass);
      backward(z, Tensor({2}, {3, 4}));
      CHECK(seen_before_walk == (readers == 1 ? 2 : 0));
      const bool rewritten = rewrites && readers == 1;
      check_equal("gradient", x.gradient(), rewritten ? Tensor({2}, {30, 40}) : Tensor({2}, {3, 4}));
    }
  }
}

namespace {

// Product and weighted sum of two inputs, as one op: a·b and a² + 3b. Counts its walks.
std::vector<Var> product_and_sum(const Var& a, const Var& b, std::vector<std::string>& walks) {
  const Real x = a.value()[0], y = b.value()[0];
  return record_many("product_and_sum", {a, b}, {Tensor({1}, {x * y}), Tensor({1}, {x * x + 3 * y})},
                     [x, y, &walks](std::span<const PiecewiseTensor> dy, Gradients& into) {
                       const auto of = [&](std::size_t i) {
                         return dy[i].empty() ? Real(0) : dy[i].whole()[0];
                       };
                       walks.push_back(str(dy[0].empty() ? "" : "product ", dy[1].empty() ? "" : "sum"));
                       into.add(0, Tensor({1}, {of(0) * y + of(1) * 2 * x}));
                       into.add(1, Tensor({1}, {of(0) * x + of(1) * 3}));
                     });
}

}  // namespace

TEST_CASE("an_op_with_several_outputs_is_walked_once_with_the_gradients_of_all") {
  std::vector<std::string> walks;
  const Var a = parameter(5), b = parameter(7);
  const auto results = product_and_sum(a, b, walks);
  REQUIRE(results.size() == 2);
  CHECK(results[0].value()[0] == 35);
  CHECK(results[1].value()[0] == 46);
  CHECK(results[0].wants_gradient());
  // The product is read twice, and between the readers stands one of the sum.
  const Var twice = scaled(results[0], 2);
  const Var loss = add(add(twice, scaled(results[1], 100)), multiply(results[0], results[0]));
  backward(loss);
  CHECK(walks == std::vector<std::string>{"product sum"});
  // 2ab + 100 (a² + 3b) + a²b²
  CHECK(gradient(a) == 2 * 7 + 100 * 2 * 5 + 2 * 5 * 7 * 7);
  CHECK(gradient(b) == 2 * 5 + 100 * 3 + 2 * 5 * 5 * 7);
  CHECK_FALSE(results[0].wants_gradient());
  CHECK_FALSE(results[1].wants_gradient());
}

TEST_CASE("an_output_that_nobody_reads_has_an_empty_gradient") {
  for (const std::size_t read : {0, 1}) {
    std::vector<std::string> walks;
    const Var a = parameter(5), b = parameter(7);
    backward(scaled(product_and_sum(a, b, walks)[read], 2));
    CHECK(walks == std::vector<std::string>{read == 0 ? "product " : "sum"});
    CHECK(gradient(a) == (read == 0 ? 2 * 7 : 2 * 2 * 5));
    CHECK(gradient(b) == (read == 0 ? 2 * 5 : 2 * 3));
  }
  // Nobody reads any: it is not walked.
  std::vector<std::string> walks;
  const Var a = parameter(5), b = parameter(7);
  product_and_sum(a, b, walks);
  backward(add(a, b));
  CHECK(walks.empty());
  CHECK(gradient(a) == 1);
}

TEST_CASE("an_op_with_several_outputs_records_nothing_without_gradients") {
  std::vector<std::string> walks;
  const NoGradient evaluation;
  const auto results = product_and_sum(parameter(5), parameter(7), walks);
  CHECK(results[1].value()[0] == 46);
  CHECK_FALSE(results[1].wants_gradient());
}

TEST_CASE("gradients_of_several_outputs_match_central_differences") {
  // Of a quadratic function of whole numbers, so that differences over a step of 1 are exact.
  std::vector<std::string> walks;
  const auto loss = [&](const Var& a, const Var& b) {
    const auto results = product_and_sum(a, b, walks);
    return add(add(scaled(results[0], 3), results[0]), scaled(results[1], -2));
  };
  for (const Real x : {Real(-4), Real(0), Real(9)}) {
    for (const Real y : {Real(-6), Real(2)}) {
      const Var a = parameter(x), b = parameter(y);
      backward(loss(a, b));
      const auto at = [&](Real u, Real v) { return loss(parameter(u), parameter(v)).value()[0]; };
      CHECK(gradient(a) == (at(x + 1, y) - at(x - 1, y)) / 2);
      CHECK(gradient(b) == (at(x, y + 1) - at(x, y - 1)) / 2);
    }
  }
}

TEST_CASE("one_of_several_outputs_can_be_hooked_and_offers_its_pieces") {
  const Shape shape{3, 2};
  const auto ramp = [](Range elements, Real* into) {
    for (long i = elements.begin; i < elements.end; ++i) *into++ = static_cast<Real>(i);
  };
  const Var x(Tensor(shape), true);
  auto results =
      record_many("two", {x}, {PiecewiseTensor(shape, ramp), Tensor(shape)},
                  [](std::span<const PiecewiseTensor> dy, Gradients& into) { into.add(0, dy[0]); });
  CHECK_FALSE(results[0].pieces().is_whole());
  CHECK(results[1].pieces().is_whole());
  long seen = 0;
  results[0].hook_gradient({.listen = [&](long, Range elements, const Real*) { seen += elements.size(); }});
  bool other_hooked = true;
  const auto reader = [&](const PiecewiseTensor&, Gradients& into) {
    Tensor dx({3, 2}, {1, 2, 3, 4, 5, 6});
    if (into.hook(0)) (*into.hook(0))(0, {0, 6}, dx.data());
    other_hooked = into.hook(1) != nullptr;
    into.add(0, dx);
  };
  backward(record_piecewise("reader", {results[0], results[1]}, Tensor({1}), reader));
  CHECK(seen == 6);
  CHECK_FALSE(other_hooked);
  check_equal("gradient", x.gradient(), Tensor(shape, {1, 2, 3, 4, 5, 6}));
}

}  // namespace nibble::var_test
