#include "autograd/ops/elementwise.h"

#include "tests/support/gradient_check.h"

namespace nibble::elementwise_test {

TEST_CASE("elementwise_gradients_match_central_differences") {
  struct Case {
    const char* what;
    Op op;
    Shape a, b;
  };
  const Op sum = [](const std::vector<Var>& v) { return add(v[0], v[1]); };
  const Op product = [](const std::vector<Var>& v) { return multiply(v[0], v[1]); };
  for (const auto& [what, op, a, b] : {
           Case{"add", sum, {2, 3}, {2, 3}},
           Case{"multiply", product, {2, 3, 5}, {2, 3, 5}},
           Case{"multiply of one element", product, {1}, {1}},
           Case{"multiply by channel", product, {2, 3, 1, 5}, {2, 5}},
           Case{"multiply of equal images", product, {2, 3, 1, 5}, {2, 3, 1, 5}},
       }) {
    check_gradients(what, op, {uniform(a, 1), uniform(b, 2)});
  }
  check_gradients("scaled", [](const std::vector<Var>& v) { return scaled(v[0], -2.5); }, {uniform({7})});
}

TEST_CASE("a_choice_passes_each_gradient_to_what_was_chosen") {
  Array<std::uint8_t> first({2, 3});
  first[1] = first[5] = 1;
  check_gradients("choose", [&](const std::vector<Var>& v) { return choose(first, v[0], v[1]); },
                  {uniform({2, 3}, 1), uniform({2, 3}, 2)});
  check_equal("chosen", choose(first, Var(Tensor({2, 3}, {1, 2, 3, 4, 5, 6})), Var(Tensor({2, 3}))).value(),
              Tensor({2, 3}, {0, 2, 0, 0, 0, 6}));
}

TEST_CASE("an_input_used_as_both_factors_gets_both_gradients") {
  check_gradients("x + x", [](const std::vector<Var>& v) { return add(v[0], v[0]); }, {uniform({5})});
  check_gradients("x * x", [](const std::vector<Var>& v) { return multiply(v[0], v[0]); }, {uniform({5})});
}

TEST_CASE("multiply_by_channel_scales_each_channel_of_each_sample") {
  const Var image(Tensor({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}));
  const Var factor(Tensor({2, 2}, {1, 10, 2, -1}));
  check_equal("product", multiply(image, factor).value(),
              Tensor({2, 1, 2, 2}, {1, 20, 3, 40, 10, -6, 14, -8}));
}

TEST_CASE("scale_gradient_leaves_the_value_and_scales_the_gradient") {
  const Var x(uniform({6}), true);
  const Var y = scale_gradient(x, 0.25);
  check_equal("value", y.value(), x.value());
  const Tensor dy = uniform({6}, 2);
  backward(y, dy);
  for (long i = 0; i < 6; ++i) CHECK(x.gradient()[i] == 0.25 * dy[i]);
}

TEST_CASE("elementwise_ops_name_both_shapes_that_differ") {
  CHECK_THROWS_WITH(add(leaf({2, 3}), leaf({3, 2})),
                    "add: found inputs [2, 3] and [3, 2], expected equal shapes");
  CHECK_THROWS_WITH(
      multiply(leaf({2, 4, 4, 3}), leaf({2, 4})),
      "multiply: found inputs [2, 4, 4, 3] and [2, 4], expected equal shapes, or [N, H, W, C] and "
      "[N, C]");
}

TEST_CASE("channel_factors_do_not_depend_on_the_thread_count") {
  check_threads_agree("multiply by channel", [] {
    const std::vector<Var> v = leaves({uniform({9, 5, 7, 6}), uniform({9, 6}, 2)});
    const Var y = multiply(v[0], v[1]);
    backward(y, uniform(y.shape(), 3));
    return std::vector<Tensor>{y.value(), v[0].gradient(), v[1].gradient()};
  });
}

}  // namespace nibble::elementwise_test
