#include "autograd/ops/shape.h"

#include "tests/support/gradient_check.h"

namespace nibble::shape_test {

TEST_CASE("shape_op_gradients_match_central_differences") {
  check_gradients("reshape",
                  [](const std::vector<Var>& v) {
                    return reshape(v[0], {3, 4});
                  },
                  {uniform({2, 6})});
  check_gradients("concat", [](const std::vector<Var>& v) { return concat(v); },
                  {uniform({2, 3, 1}, 1), uniform({2, 3, 4}, 2), uniform({2, 3, 2}, 3)});
  check_gradients("concat of one", [](const std::vector<Var>& v) { return concat(v); }, {uniform({5})});
  check_gradients("concat of an input with itself",
                  [](const std::vector<Var>& v) {
                    return concat({v[0], v[0]});
                  },
                  {uniform({2, 3})});
  check_gradients("slice", [](const std::vector<Var>& v) { return slice(v[0], 1, 3); }, {uniform({2, 2, 5})});
}

TEST_CASE("subsample_gradients_match_central_differences") {
  struct Case {
    Shape x;
    int stride, out_channels;
    long leading;
  };
  for (const auto& [x, stride, out_channels, leading] : {
           Case{{2, 4, 4, 3}, 2, 8, 2},
           Case{{2, 5, 3, 2}, 2, 2, 0},
           Case{{1, 7, 4, 1}, 3, 4, 3},
           Case{{1, 2, 2, 2}, 1, 5, 0},
       }) {
    const std::string what = str(x, " by ", stride, " to ", out_channels);
    check_gradients(what,
                    [=, s = stride, o = out_channels, l = leading](const std::vector<Var>& v) {
                      return subsample(v[0], s, o, l, v[1]);
                    },
                    {uniform(x), uniform({1}, 2)});
    check_gradients(what + ", zeros",
                    [=, s = stride, o = out_channels, l = leading](const std::vector<Var>& v) {
                      return subsample(v[0], s, o, l, {});
                    },
                    {uniform(x)});
  }
}

TEST_CASE("concat_and_slice_are_inverse") {
  const Var a(uniform({2, 3, 2}, 1)), b(uniform({2, 3, 5}, 2));
  const Var joined = concat({a, b});
  CHECK(joined.shape() == Shape{2, 3, 7});
  check_equal("first part", slice(joined, 0, 2).value(), a.value());
  check_equal("second part", slice(joined, 2, 7).value(), b.value());
}

TEST_CASE("subsample_keeps_every_second_pixel_amid_the_pad_value") {
  const Var x(Tensor({1, 3, 3, 1}, {1, 2, 3, 4, 5, 6, 7, 8, 9}));
  const Var y = subsample(x, 2, 3, 1, Var(Tensor({1}, {-1})));
  check_equal("value", y.value(), Tensor({1, 2, 2, 3}, {-1, 1, -1, -1, 3, -1, -1, 7, -1, -1, 9, -1}));
}

TEST_CASE("shape_ops_name_what_does_not_fit") {
  CHECK_THROWS_WITH(reshape(leaf({2, 3}), {4, 2}),
                    "reshape: input [2, 3] has 6 elements but shape [4, 2] has 8");
  CHECK_THROWS_WITH(concat({}), "concat: found no input, expected at least 1");
  CHECK_THROWS_WITH(concat({leaf({2, 3}), leaf({4, 3})}),
                    "concat: found inputs [2, 3] and [4, 3], expected equal shapes up to the last axis");
  CHECK_THROWS_WITH(concat({leaf({2, 3}), leaf({2, 1, 3})}),
                    "concat: found inputs [2, 3] and [2, 1, 3], expected equal shapes up to the last axis");
  CHECK_THROWS_WITH(slice(leaf({2, 3}), 1, 4),
                    "slice: found range 1 to 4 of input [2, 3], expected 0 <= begin < end <= 3");
  CHECK_THROWS_WITH(slice(leaf({2, 3}), 1, 1),
                    "slice: found range 1 to 1 of input [2, 3], expected 0 <= begin < end <= 3");
  CHECK_THROWS_WITH(
      subsample(leaf({1, 4, 4, 3}), 2, 4, 2, {}),
      "subsample: found 4 output channels for 2 of padding and 3 of input [1, 4, 4, 3], expected at "
      "least their sum");
  CHECK_THROWS_WITH(subsample(leaf({1, 4, 4, 3}), 0, 4, 0, {}),
                    "subsample: found stride 0, expected at least 1");
  CHECK_THROWS_WITH(subsample(leaf({4, 3}), 2, 4, 0, {}),
                    "subsample: found input [4, 3], expected [N, H, W, C]");
  CHECK_THROWS_WITH(subsample(leaf({1, 4, 4, 3}), 2, 4, 0, leaf({2})),
                    "subsample: found a pad value of shape [2], expected [1]");
}

TEST_CASE("the_gradient_of_the_pad_value_does_not_depend_on_the_thread_count") {
  check_threads_agree("subsample", [] {
    const std::vector<Var> v = leaves({uniform({9, 6, 6, 3}), uniform({1}, 2)});
    const Var y = subsample(v[0], 2, 8, 2, v[1]);
    backward(y, uniform(y.shape(), 3));
    return std::vector<Tensor>{y.value(), v[0].gradient(), v[1].gradient()};
  });
}

}  // namespace nibble::shape_test
