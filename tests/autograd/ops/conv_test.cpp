#include "autograd/ops/conv.h"

#include "tests/support/gradient_check.h"

namespace nibble::conv_test {

TEST_CASE("conv2d_gradients_match_central_differences") {
  struct Case {
    const char* what;
    Shape x, w;
    kernels::Conv2dGeometry geometry;
  };
  for (const auto& [what, x, w, geometry] : {
           Case{"3x3", {2, 4, 5, 2}, {3, 3, 3, 2}, {.padding = {1, 1}}},
           Case{"strided", {2, 5, 5, 2}, {2, 3, 3, 2}, {.stride = {2, 2}, .padding = {1, 1}}},
           Case{"1x1", {2, 3, 3, 3}, {2, 1, 1, 3}, {}},
           Case{"1x1 strided", {1, 4, 4, 2}, {3, 1, 1, 2}, {.stride = {2, 2}}},
           Case{"oblong", {1, 5, 6, 1}, {2, 3, 2, 1}, {.stride = {1, 2}, .padding = {2, 1}}},
           Case{"dilated", {1, 6, 6, 1}, {1, 3, 3, 1}, {.padding = {2, 2}, .dilation = {2, 2}}},
           Case{"grouped", {2, 3, 3, 4}, {6, 3, 3, 2}, {.padding = {1, 1}, .groups = 2}},
           Case{"depthwise", {2, 4, 4, 3}, {3, 3, 3, 1}, {.padding = {1, 1}, .groups = 3}},
           Case{"depthwise strided",
                {2, 5, 6, 17},
                {17, 3, 3, 1},
                {.stride = {2, 2}, .padding = {1, 1}, .groups = 17}},
           Case{"depthwise 5x5", {1, 4, 5, 2}, {2, 5, 5, 1}, {.padding = {2, 2}, .groups = 2}},
           Case{"more images than pieces", {9, 2, 2, 1}, {1, 2, 2, 1}, {.padding = {1, 1}}},
       }) {
    check_gradients(what, [g = geometry](const std::vector<Var>& v) { return conv2d(v[0], v[1], {}, g).y; },
                    {uniform(x, 1), uniform(w, 2)});
    check_gradients(str(what, " with a border value"),
                    [g = geometry](const std::vector<Var>& v) { return conv2d(v[0], v[1], v[2], g).y; },
                    {uniform(x, 1), uniform(w, 2), uniform({1}, 3)});
  }
}

TEST_CASE("add_bias_gradients_match_central_differences") {
  check_gradients("add_bias", [](const std::vector<Var>& v) { return add_bias(v[0], v[1]); },
                  {uniform({2, 3, 4, 5}), uniform({5}, 2)});
}

TEST_CASE("conv2d_names_what_does_not_fit") {
  CHECK_THROWS_WITH(conv2d(leaf({1, 4, 4, 3}), leaf({8, 3, 3, 2}), {}, {}),
                    "conv2d: input [1, 4, 4, 3] has 3 channels but weight [8, 3, 3, 2] in 1 groups takes 2");
  CHECK_THROWS_WITH(
      conv2d(leaf({4, 4, 3}), leaf({8, 3, 3, 3}), {}, {}),
      "conv2d: input [4, 4, 3] and weight [8, 3, 3, 3] where [N, H, W, C] and [O, KH, KW, C/groups] "
      "are expected");
  CHECK_THROWS_WITH(conv2d(leaf({1, 2, 4, 3}), leaf({8, 3, 3, 3}), {}, {}),
                    "conv2d: input [1, 2, 4, 3] is smaller than the kernel of weight [8, 3, 3, 3]");
  CHECK_THROWS_WITH(add_bias(leaf({1, 2, 4, 3}), leaf({4})),
                    "add_bias: [1, 2, 4, 3] has 3 channels but the bias 4");
}

}  // namespace nibble::conv_test
