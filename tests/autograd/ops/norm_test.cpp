#include "autograd/ops/norm.h"

#include <cmath>

#include "tests/support/gradient_check.h"

namespace nibble::norm_test {

TEST_CASE("batch_norm_gradients_match_central_differences") {
  for (const Shape& x : {Shape{3, 2, 2, 2}, Shape{5, 3}, Shape{2, 4, 5, 21}}) {
    const Shape channels{x.back()};
    check_gradients(str("batch_norm ", x),
                    [](const std::vector<Var>& v) {
                      kernels::ChannelMoments moments;
                      return batch_norm(v[0], v[1], v[2], 1e-3, moments);
                    },
                    {uniform(x, 1), uniform(channels, 2), uniform(channels, 3)});
    check_gradients(str("batch_norm_fixed ", x),
                    [&](const std::vector<Var>& v) {
                      return batch_norm_fixed(v[0], v[1], v[2], uniform(channels, 4),
                                              uniform(channels, 5, 0.5f, 2), 1e-3);
                    },
                    {uniform(x, 1), uniform(channels, 2), uniform(channels, 3)});
  }
}

TEST_CASE("batch_norm_hands_out_the_moments_and_normalizes_with_them") {
  const Var x(Tensor({4, 1}, {1, 2, 3, 6})), weight(Tensor({1}, {2})), bias(Tensor({1}, {10}));
  kernels::ChannelMoments moments;
  const Var y = batch_norm(x, weight, bias, 0, moments);
  CHECK(moments.mean[0] == Approx(3));
  CHECK(moments.variance[0] == Approx(3.5));
  for (long i = 0; i < 4; ++i) CHECK(y.value()[i] == Approx(10 + 2 * (x.value()[i] - 3) / std::sqrt(3.5)));
  check_close("fixed", batch_norm_fixed(x, weight, bias, moments.mean, moments.variance, 0).value(),
              y.value(), 1e-14);
}

TEST_CASE("batch_norm_names_the_shapes_when_channels_differ") {
  kernels::ChannelMoments moments;
  CHECK_THROWS_WITH(batch_norm(leaf({2, 3}), leaf({3}), leaf({4}), 1e-5, moments),
                    "batch_norm: input [2, 3] has 3 channels but weight [3] and bias [4]");
}

}  // namespace nibble::norm_test
