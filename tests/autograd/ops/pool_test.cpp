#include "autograd/ops/pool.h"

#include "tests/support/gradient_check.h"

namespace nibble::pool_test {

TEST_CASE("pool_gradients_match_central_differences") {
  struct Case {
    const char* what;
    Shape x;
    Size2 kernel, stride, padding, extra{0, 0};
  };
  for (const auto& [what, x, kernel, stride, padding, extra] : {
           Case{"2x2", {2, 4, 6, 3}, {2, 2}, {2, 2}, {0, 0}},
           Case{"overlapping", {2, 5, 4, 2}, {3, 3}, {1, 1}, {0, 0}},
           Case{"padded", {2, 5, 4, 2}, {3, 3}, {2, 2}, {1, 1}},
           Case{"padded by almost the kernel", {1, 3, 3, 1}, {3, 2}, {1, 1}, {2, 1}},
           Case{"with gaps", {1, 7, 7, 2}, {2, 1}, {3, 4}, {0, 0}},
           Case{"padded at the end", {2, 5, 4, 2}, {2, 3}, {1, 2}, {0, 1}, {1, 1}},
           Case{"one pixel", {1, 1, 1, 1}, {1, 1}, {1, 1}, {0, 0}},
       }) {
    check_gradients(str("max, ", what),
                    [k = kernel, s = stride, p = padding, e = extra](const std::vector<Var>& v) {
                      return max_pool(v[0], k, s, p, e);
                    },
                    {distinct(x)});
    check_gradients(str("average, ", what),
                    [k = kernel, s = stride, p = padding, e = extra](const std::vector<Var>& v) {
                      return average_pool(v[0], k, s, p, e);
                    },
                    {uniform(x)});
  }
  check_gradients("global", [](const std::vector<Var>& v) { return global_average(v[0]); },
                  {uniform({2, 3, 4, 5})});
  check_gradients("upsample", [](const std::vector<Var>& v) { return upsample(v[0], 3); },
                  {uniform({2, 2, 3, 2})});
}

TEST_CASE("pool_ops_name_what_does_not_fit") {
  CHECK_THROWS_WITH(max_pool(leaf({4, 4}), {2, 2}, {2, 2}, {0, 0}),
                    "max_pool: found input [4, 4], expected [N, H, W, C]");
  CHECK_THROWS_WITH(average_pool(leaf({1, 4, 4, 1}), {2, 2}, {2, 2}, {2, 0}),
                    "average_pool: found padding 2x0, expected less than the kernel 2x2");
  CHECK_THROWS_WITH(
      max_pool(leaf({1, 4, 4, 1}), {2, 2}, {2, 2}, {1, 0}, {1, 0}),
      "max_pool: found padding 1x0 and more at the end, 1x0, expected less than the kernel 2x2");
  CHECK_THROWS_WITH(average_pool(leaf({1, 4, 4, 1}), {0, 2}, {2, 2}, {0, 0}),
                    "average_pool: found kernel 0x2 and stride 2x2, expected at least 1x1");
  CHECK_THROWS_WITH(max_pool(leaf({1, 2, 4, 1}), {3, 3}, {1, 1}, {0, 0}),
                    "max_pool: found input [1, 2, 4, 1], expected at least the size of the kernel 3x3");
  CHECK_THROWS_WITH(
      global_average(leaf({1, 2, 2, 4}), {Array<std::uint8_t>({1, 2, 4})}),
      "global_average: found input [1, 2, 2, 4] and codes [1, 2, 4], expected [N, H, W, C] of both");
  CHECK_THROWS_WITH(global_average(leaf({4, 4})),
                    "global_average: found input [4, 4], expected [N, H, W, C]");
  CHECK_THROWS_WITH(upsample(leaf({1, 2, 2, 1}), 0), "upsample: found factor 0, expected at least 1");
}

}  // namespace nibble::pool_test
