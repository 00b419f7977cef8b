#include "autograd/ops/dropout.h"

#include "tests/support/gradient_check.h"

namespace nibble::dropout_test {

TEST_CASE("dropout_gradients_match_central_differences") {
  check_gradients("dropout",
                  [](const std::vector<Var>& v) {
                    Rng rng(5);
                    return dropout(v[0], 0.4, rng);
                  },
                  {uniform({4, 7})});
}

TEST_CASE("dropout_zeroes_the_rate_and_scales_the_rest") {
  Rng rng(1);
  const long count = 200000;
  Tensor ones({count});
  ones.fill(1);
  const Tensor y = dropout(Var(ones), 0.25, rng).value();
  long zeros = 0;
  for (const Real value : y) {
    zeros += value == 0;
    if (value != 0) REQUIRE(value == Approx(4.0 / 3));
  }
  // Five standard deviations of a binomial count.
  CHECK(std::abs(static_cast<double>(zeros) - 0.25 * count) < 5 * std::sqrt(0.25 * 0.75 * count));
}

TEST_CASE("dropout_draws_another_mask_each_time_and_none_at_rate_zero") {
  Rng rng(1);
  const Var x(uniform({64}));
  const Tensor first = dropout(x, 0.5, rng).value(), second = dropout(x, 0.5, rng).value();
  CHECK_FALSE(std::equal(first.begin(), first.end(), second.begin()));
  const Rng::State before = rng.state();
  CHECK(dropout(x, 0, rng).is(x));
  CHECK(rng.state() == before);
}

TEST_CASE("dropout_masks_do_not_depend_on_the_thread_count") {
  check_threads_agree("dropout", [] {
    Rng rng(3);
    return std::vector<Tensor>{dropout(Var(uniform({5, 40001})), 0.5, rng).value()};
  });
}

TEST_CASE("dropout_refuses_a_rate_of_one") {
  Rng rng(1);
  CHECK_THROWS_WITH(dropout(leaf({2}), 1, rng), "dropout: found rate 1, expected 0 <= rate < 1");
}

}  // namespace nibble::dropout_test
