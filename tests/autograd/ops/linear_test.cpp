#include "autograd/ops/linear.h"

#include "tests/support/gradient_check.h"

namespace nibble::linear_test {

TEST_CASE("linear_gradients_match_central_differences") {
  struct Case {
    Shape x;
    long out;
  };
  for (const auto& [x, out] : {Case{{3, 5}, 4}, Case{{2, 3, 5}, 1}, Case{{1, 1}, 1}, Case{{17, 2}, 3}}) {
    const std::string what = str(x, " to ", out);
    check_gradients(what, [](const std::vector<Var>& v) { return linear(v[0], v[1], v[2]); },
                    {uniform(x, 1), uniform({out, x.back()}, 2), uniform({out}, 3)});
    check_gradients(what + ", no bias", [](const std::vector<Var>& v) { return linear(v[0], v[1], {}); },
                    {uniform(x, 1), uniform({out, x.back()}, 2)});
  }
}

TEST_CASE("linear_names_both_shapes_when_features_differ") {
  CHECK_THROWS_WITH(linear(leaf({2, 3}), leaf({4, 5}), leaf({4})),
                    "linear: input [2, 3] has 3 features but weight [4, 5] takes 5");
}

}  // namespace nibble::linear_test
