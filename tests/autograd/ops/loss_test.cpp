#include "autograd/ops/loss.h"

#include <cmath>

#include "tests/support/gradient_check.h"

namespace nibble::loss_test {

TEST_CASE("loss_gradients_match_central_differences") {
  for (const double smoothing : {0.0, 0.1}) {
    check_gradients(str("cross_entropy, smoothing ", smoothing),
                    [=](const std::vector<Var>& v) {
                      return cross_entropy(v[0], Array<int>({3}, {4, 0, 2}), smoothing);
                    },
                    {uniform({3, 5}, 1, -3, 3)});
  }
  check_gradients("cross_entropy, one class",
                  [](const std::vector<Var>& v) { return cross_entropy(v[0], Array<int>({2}), 0.1); },
                  {uniform({2, 1})});
  check_gradients("divergence",
                  [](const std::vector<Var>& v) {
                    return divergence(v[0], uniform({3, 5}, 2, -2, 2));
                  },
                  {uniform({3, 5}, 1, -3, 3)});
  check_gradients("squared_error",
                  [](const std::vector<Var>& v) {
                    return squared_error(v[0], uniform({2, 5}, 2));
                  },
                  {uniform({2, 5}, 1)});
}

TEST_CASE("cross_entropy_of_equal_logits_is_the_logarithm_of_the_classes") {
  const Array<int> labels({2}, {0, 3});
  for (const double smoothing : {0.0, 0.2}) {
    CHECK(cross_entropy(Var(Tensor({2, 4})), labels, smoothing).value()[0] == Approx(std::log(4.0)));
  }
}

TEST_CASE("cross_entropy_mixes_the_label_with_all_classes") {
  const Var z(Tensor({1, 3}, {1, 2, -1}));
  const double log_sum = std::log(std::exp(1.0) + std::exp(2.0) + std::exp(-1.0));
  CHECK(cross_entropy(z, Array<int>({1}, {1}), 0).value()[0] == Approx(log_sum - 2));
  CHECK(cross_entropy(z, Array<int>({1}, {1}), 0.3).value()[0] ==
        Approx(log_sum - 0.8 * 2 - 0.1 * 1 - 0.1 * -1));
}

TEST_CASE("cross_entropy_of_large_logits_is_finite") {
  const Var z(Tensor({2, 2}, {1e4, 0, 0, 1e4}), true);
  const Var loss = cross_entropy(z, Array<int>({2}, {0, 0}), 0);
  CHECK(loss.value()[0] == Approx(5e3));
  backward(loss);
  check_close("gradient", z.gradient(), Tensor({2, 2}, {0, 0, -0.5, 0.5}), 1e-12);
}

TEST_CASE("divergence_is_zero_and_flat_where_both_say_the_same") {
  const Tensor teacher = uniform({4, 1000}, 3, -5, 5);
  Tensor shifted = teacher.clone();
  for (Real& z : shifted) z += 7;  // softmax does not see it
  const Var z(shifted, true);
  const Var loss = divergence(z, teacher);
  CHECK(loss.value()[0] == Approx(0).margin(1e-10));
  backward(loss);
  check_close("gradient", z.gradient(), Tensor(z.shape()), 1e-10);
}

TEST_CASE("divergence_is_cross_entropy_less_the_entropy_of_the_teacher") {
  const Var z(Tensor({1, 3}, {1, 2, -1}));
  const double sum = std::exp(1.0) + std::exp(2.0) + std::exp(-1.0);
  const double t = std::exp(3.0) / (std::exp(3.0) + 2), u = 1 / (std::exp(3.0) + 2);  // of scores 3, 0, 0
  const double expected = t * (std::log(t) - (1 - std::log(sum))) + u * (std::log(u) - (2 - std::log(sum))) +
                          u * (std::log(u) - (-1 - std::log(sum)));
  CHECK(divergence(z, Tensor({1, 3}, {3, 0, 0})).value()[0] == Approx(expected));
}

TEST_CASE("squared_error_is_a_mean_over_all_elements") {
  CHECK(squared_error(Var(Tensor({2, 2}, {1, 2, 3, 4})), Tensor({2, 2}, {1, 0, 3, 8})).value()[0] == 5);
}

TEST_CASE("losses_name_what_does_not_fit") {
  CHECK_THROWS_WITH(cross_entropy(leaf({2, 3}), Array<int>({3}), 0),
                    "cross_entropy: found logits [2, 3] and 3 labels, expected logits [N, K] and N labels");
  CHECK_THROWS_WITH(cross_entropy(leaf({2, 3}), Array<int>({2}, {0, 3}), 0),
                    "cross_entropy: found label 3 of sample 1, expected 0 to 2");
  CHECK_THROWS_WITH(cross_entropy(leaf({2, 3}), Array<int>({2}, {0, -1}), 0),
                    "cross_entropy: found label -1 of sample 1, expected 0 to 2");
  CHECK_THROWS_WITH(cross_entropy(leaf({2, 3}), Array<int>({2}), 1),
                    "cross_entropy: found smoothing 1, expected 0 <= smoothing < 1");
  CHECK_THROWS_WITH(divergence(leaf({2, 3}), Tensor({2, 4})),
                    "divergence: found logits [2, 3] and a teacher's [2, 4], expected [N, K] of both");
  CHECK_THROWS_WITH(squared_error(leaf({2, 3}), Tensor({3, 2})),
                    "squared_error: found input [2, 3] and target [3, 2], expected equal shapes");
}

}  // namespace nibble::loss_test
