#include "core/kernels/pointwise/pool.h"

#include <limits>

#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::kernels::pool_test {

TEST_CASE("padding_never_wins_the_maximum") {
  Tensor x({1, 2, 2, 2});
  for (long i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(-1 - i);
  const MaxPooled pooled = max_pool_forward(x, {.kernel = {2, 2}, .stride = {2, 2}, .padding = {1, 1}});
  check_equal("y", pooled.y, x);  // one pixel in each window
  check_equal("winner", pooled.winner, Array<int>({1, 2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST_CASE("the_maximum_is_taken_per_channel_and_remembers_its_source") {
  const Tensor x({1, 2, 2, 2}, {1, 8, 3, 6, 5, 4, 2, 7});
  const MaxPooled pooled = max_pool_forward(x, {});
  check_equal("y", pooled.y, Tensor({1, 1, 1, 2}, {5, 8}));
  check_equal("winner", pooled.winner, Array<int>({1, 1, 1, 2}, {4, 1}));
  check_equal("dx", max_pool_gradient(Tensor({1, 1, 1, 2}, {10, 20}), pooled.winner, x.shape()),
              Tensor({1, 2, 2, 2}, {0, 20, 0, 0, 10, 0, 0, 0}));
}

TEST_CASE("of_equal_values_the_first_wins") {
  CHECK(max_pool_forward(Tensor({1, 2, 2, 1}, {3, 3, 3, 3}), {}).winner[0] == 0);
  CHECK(max_pool_forward(Tensor({1, 2, 2, 1}, {1, 3, 3, 3}), {}).winner[0] == 1);
}

TEST_CASE("a_nan_in_the_window_is_not_lost") {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  for (int at = 0; at < 4; ++at) {
    Tensor x({1, 2, 2, 1}, {1, 2, 3, 4});
    x[at] = nan;
    INFO("at " << at);
    CHECK(std::isnan(max_pool_forward(x, {}).y[0]));
  }
}

TEST_CASE("overlapping_windows_add_their_gradients") {
  const Tensor x({1, 1, 3, 1}, {1, 5, 2});
  const PoolGeometry geometry{.kernel = {1, 2}, .stride = {1, 1}};
  const MaxPooled pooled = max_pool_forward(x, geometry);
  check_equal("max", max_pool_gradient(Tensor({1, 1, 2, 1}, {1, 2}), pooled.winner, x.shape()),
              Tensor({1, 1, 3, 1}, {0, 3, 0}));
  check_equal("average", average_pool_gradient(Tensor({1, 1, 2, 1}, {1, 2}), x.shape(), geometry),
              Tensor({1, 1, 3, 1}, {0.5, 1.5, 1}));
}

TEST_CASE("padded_positions_do_not_count_in_the_average") {
  const Tensor x({1, 2, 2, 1}, {1, 2, 3, 6});
  const Tensor y = average_pool_forward(x, {.kernel = {2, 2}, .stride = {1, 1}, .padding = {1, 1}});
  check_equal("y", y, Tensor({1, 3, 3, 1}, {1, 1.5, 2, 2, 3, 4, 3, 4.5, 6}));
}

TEST_CASE("the_global_average_of_codes_is_that_of_their_values") {
  Array<std::uint8_t> codes({2, 3, 5, 7});
  for (long i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(37 * i % 256);
  Tensor values = Tensor::uninitialized(codes.shape());
  for (long i = 0; i < codes.size(); ++i) values[i] = Real(0.25) * static_cast<Real>(codes[i]) - 8;
  const Tensor expected = global_average_forward(values), found = global_average_forward({codes, 0.25, -8});
  REQUIRE(found.shape() == expected.shape());
  for (long i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).epsilon(1e-6).margin(1e-6));
}

TEST_CASE("the_global_average_is_a_mean_per_channel") {
  const Tensor x({2, 1, 2, 2}, {1, 10, 3, 30, -1, 0, 1, 5});
  check_equal("y", global_average_forward(x), Tensor({2, 2}, {2, 20, 0, 2.5}));
  check_equal("dx", global_average_gradient(Tensor({2, 2}, {2, 4, 6, 8}), x.shape()).whole(),
              Tensor({2, 1, 2, 2}, {1, 2, 1, 2, 3, 4, 3, 4}));
}

TEST_CASE("upsampling_repeats_pixels_and_its_gradient_sums_them") {
  const Tensor x({1, 1, 2, 1}, {1, 2});
  check_equal("y", upsample_forward(x, 2), Tensor({1, 2, 4, 1}, {1, 1, 2, 2, 1, 1, 2, 2}));
  check_equal("dx", upsample_gradient(Tensor({1, 2, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 8}), x.shape(), 2),
              Tensor({1, 1, 2, 1}, {14, 22}));
}

TEST_CASE("pooling_does_not_depend_on_the_thread_count") {
  const PoolGeometry geometry{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}};
  const Tensor x = uniform({7, 9, 8, 5});
  check_threads_agree("pool", [&] {
    const MaxPooled pooled = max_pool_forward(x, geometry);
    const Tensor dy = uniform(pooled.y.shape(), 2);
    return std::vector<Tensor>{pooled.y,
                               max_pool_gradient(dy, pooled.winner, x.shape()),
                               average_pool_forward(x, geometry),
                               average_pool_gradient(dy, x.shape(), geometry),
                               global_average_forward(x),
                               upsample_forward(x, 2),
                               upsample_gradient(upsample_forward(x, 2), x.shape(), 2)};
  });
}

}  // namespace nibble::kernels::pool_test
