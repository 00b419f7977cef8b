#include "core/kernels/pointwise/channel_stats.h"

#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::kernels::channel_stats_test {
namespace {

// Channel counts around the widths that are unrolled (16, 4, 1), row counts around blocks (64) and pieces
// (16).
const std::vector<Shape> kShapes{{1, 1},        {5, 3},        {64, 16},  {65, 17},
                                 {2, 3, 4, 23}, {9, 31, 7, 5}, {1025, 20}};

}  // namespace

TEST_CASE("channel_moments_are_mean_and_biased_variance") {
  for (const Shape& shape : kShapes) {
    const Tensor x = uniform(shape, 1, -1, 3);
    const long channels = shape.back(), rows = x.size() / channels;
    Tensor mean({channels}), variance({channels});
    for (long c = 0; c < channels; ++c) {
      double sum = 0, square = 0;
      for (long m = 0; m < rows; ++m) sum += static_cast<double>(x[m * channels + c]);
      const double center = sum / static_cast<double>(rows);
      for (long m = 0; m < rows; ++m) {
        const double d = static_cast<double>(x[m * channels + c]) - center;
        square += d * d;
      }
      mean[c] = static_cast<Real>(center);
      variance[c] = static_cast<Real>(square / static_cast<double>(rows));
    }
    const ChannelMoments found = channel_moments(x);
    check_close(str("mean ", shape), found.mean, mean, 1e-6);
    check_close(str("variance ", shape), found.variance, variance, 1e-5);
  }
}

TEST_CASE("the_variance_survives_a_mean_that_is_large_against_it") {
  Tensor x({1000, 1});
  for (long m = 0; m < 1000; ++m) x[m] = static_cast<Real>(4096 + (m % 2));
  const ChannelMoments found = channel_moments(x);
  CHECK(found.mean[0] == Real(4096.5));
  CHECK(found.variance[0] == Approx(0.25));
}

TEST_CASE("channel_sums_follow_their_definition") {
  for (const Shape& shape : kShapes) {
    const Tensor x = uniform(shape, 1), dy = uniform(shape, 2);
    const long channels = shape.back(), rows = x.size() / channels;
    const Tensor mean = uniform({channels}, 3);
    Tensor sum({channels}), centered({channels});
    for (long c = 0; c < channels; ++c) {
      double a = 0, b = 0;
      for (long i = c; i < rows * channels; i += channels) {
        a += static_cast<double>(dy[i]);
        b += static_cast<double>(dy[i]) * (static_cast<double>(x[i]) - static_cast<double>(mean[c]));
      }
      sum[c] = static_cast<Real>(a);
      centered[c] = static_cast<Real>(b);
    }
    const ChannelSums found = channel_sums(dy, x, mean);
    check_close(str("dy ", shape), found.dy, sum, 1e-5);
    check_close(str("dy_centered ", shape), found.dy_centered, centered, 1e-5);
  }
}

TEST_CASE("channel_scaling_is_affine_in_each_channel") {
  for (const Shape& shape : kShapes) {
    const Shape channels{shape.back()};
    const Tensor x = uniform(shape, 1), dy = uniform(shape, 2);
    const Tensor a = uniform(channels, 3), b = uniform(channels, 4), d = uniform(channels, 5);
    Tensor scaled(shape), combined(shape);
    for (long i = 0; i < x.size(); ++i) {
      const long c = i % shape.back();
      scaled[i] = a[c] * x[i] + b[c];
      combined[i] = a[c] * dy[i] + b[c] * x[i] + d[c];
    }
    check_close(str("scale ", shape), scale_channels(x, a, b), scaled, 1e-6);
    check_close(str("combine ", shape), combine_channels(dy, a, x, b, d), combined, 1e-6);
  }
}

TEST_CASE("channel_statistics_do_not_depend_on_the_thread_count") {
  for (const Shape& shape : kShapes) {
    const Tensor x = uniform(shape, 1), dy = uniform(shape, 2), mean = uniform({shape.back()}, 3);
    check_threads_agree(str(shape), [&] {
      const ChannelMoments moments = channel_moments(x);
      const ChannelSums sums = channel_sums(dy, x, mean);
      return std::vector<Tensor>{moments.mean, moments.variance, sums.dy, sums.dy_centered,
                                 scale_channels(x, mean, mean)};
    });
  }
}

}  // namespace nibble::kernels::channel_stats_test
