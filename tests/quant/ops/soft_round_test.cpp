#include "quant/ops/soft_round.h"

#include <catch2/catch.hpp>

#include "quant/ops/fake_quantize.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::soft_round_test {
namespace {

LiveGrid four_bits(const Tensor& scales) { return {Grid::signed_bits(4), Var(scales, true), {}}; }

}  // namespace

TEST_CASE("soft_rounding_begins_at_the_weights_themselves_inside_of_the_grid") {
  const LiveGrid grid = four_bits(Tensor({2}, {0.5, 0.25}));
  const Tensor w({2, 3}, {0.3, -3.9, 9, -0.1, 1.75, -5});
  const Tensor lower = lower_codes(w, grid);
  check_close("lower", lower, Tensor({2, 3}, {0, -8, 7, -1, 7, -9}), 0);
  const Var soft = soft_round(Var(first_logits(w, grid)), lower, grid);
  check_close("weights", soft.value(), Tensor({2, 3}, {0.3, -3.9, 3.5, -0.1, 1.75, -2}), 1e-6);
}

TEST_CASE("decided_weights_are_codes_of_their_grid_and_those_of_their_logits") {
  const LiveGrid grid = four_bits(Tensor({1}, {0.5}));
  const Tensor w({1, 4}, {0.3, -3.9, 9, -5});
  const Tensor lower = lower_codes(w, grid);
  const Tensor up({1, 4}, {0, 1, 1, 1}), down({1, 4}, {-1e-6, -1, -1, -1});
  check_close("up", decided_weights(up, lower, grid), Tensor({1, 4}, {0.5, -3.5, 3.5, -4}), 0);
  check_close("down", decided_weights(down, lower, grid), Tensor({1, 4}, {0, -4, 3.5, -4}), 0);
}

TEST_CASE("a_quantizer_leaves_decided_weights_as_they_are") {
  const long rows = 64;
  const Tensor w = uniform({rows, 33}, 7);
  Tensor scales = uniform({rows}, 8);
  for (Real& s : scales) s = Real(0.1) + std::abs(s);
  const LiveGrid grid = four_bits(scales);
  const Tensor decided = decided_weights(uniform(w.shape(), 9), lower_codes(w, grid), grid);
  check_close("weights", fake_quantize(Var(decided), grid).value.value(), decided, 0);
}

TEST_CASE("the_penalty_is_none_for_decided_weights_and_one_for_each_that_is_halfway") {
  CHECK(rounding_penalty(Var(Tensor({3}, {-9, 9, 30})), 2).value()[0] == 0);
  CHECK(rounding_penalty(Var(Tensor({3}, {0, 0, -9})), 20).value()[0] == Approx(2));
}

TEST_CASE("soft_rounding_refuses_what_is_no_grid_of_weights") {
  const Tensor w = uniform({4, 3}, 1);
  const LiveGrid shifted{Grid::signed_bits(4), Var(Tensor({1}, {1})), Var(Tensor({1}, {1}))};
  CHECK_THROWS_WITH(lower_codes(w, shifted), Catch::Contains("found a grid with a shift"));
  CHECK_THROWS_WITH(lower_codes(w, four_bits(Tensor({3}, {1, 1, 1}))), Catch::Contains("found 3 scales"));
  CHECK_THROWS_WITH(rounding_penalty(Var(w), 0), Catch::Contains("expected more than 0"));
}

}  // namespace nibble::soft_round_test
