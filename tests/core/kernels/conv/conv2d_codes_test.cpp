#include "core/kernels/conv/conv2d_codes.h"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/kernels/conv/conv2d_sums.h"
#include "tests/support/bfloat16.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::kernels::conv2d_codes_test {
namespace {

struct Case {
  const char* what;
  Shape x, w;
  Conv2dGeometry geometry;
  int levels = 16, border = 0;  // of the image's codes
  Real shift = 0;               // value of code 0
  int lowest = -8;              // of the weight's codes
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"4 bits without a shift", {3, 8, 8, 16}, {16, 3, 3, 16}, {.padding = {1, 1}}},
      {"4 bits, border on a code", {3, 8, 8, 16}, {32, 3, 3, 16}, {.padding = {1, 1}}, 16, 3, Real(-0.31)},
      {"strided", {9, 8, 8, 16}, {32, 3, 3, 16}, {.stride = {2, 2}, .padding = {1, 1}}, 16, 2, Real(-0.2)},
      {"stem of 8 bits", {2, 9, 9, 3}, {16, 3, 3, 3}, {.padding = {1, 1}}, 256, 121, Real(-2.1), -128},
      {"1x1", {2, 4, 4, 64}, {24, 1, 1, 64}, {}, 16, 5, Real(-0.4)},
      {"1x1 strided", {2, 5, 5, 8}, {16, 1, 1, 8}, {.stride = {2, 2}}},
      {"odd channels",
       {2, 7, 6, 5},
       {7, 3, 2, 5},
       {.stride = {1, 2}, .padding = {2, 1}},
       4,
       1,
       Real(-0.1),
       -2},
      {"depthwise", {3, 9, 7, 32}, {32, 3, 3, 1}, {.padding = {1, 1}, .groups = 32}, 16, 3, Real(-0.3)},
      {"depthwise strided",
       {9, 9, 10, 20},
       {20, 3, 3, 1},
       {.stride = {2, 2}, .padding = {1, 1}, .groups = 20},
       16,
       5,
       Real(-0.4)},
      {"depthwise 5x5", {2, 8, 9, 33}, {33, 5, 5, 1}, {.padding = {2, 2}, .groups = 33}, 16, 2, Real(-0.2)},
      {"depthwise 5x5 strided",
       {2, 11, 9, 5},
       {5, 5, 5, 1},
       {.stride = {2, 2}, .padding = {2, 2}, .groups = 5},
       256,
       121,
       Real(-2.1),
       -128},
      {"depthwise oblong", {1, 7, 6, 16}, {16, 3, 2, 1}, {.stride = {1, 2}, .padding = {2, 1}, .groups = 16}},
      {"more padding at the end",
       {9, 8, 10, 16},
       {32, 3, 3, 16},
       {.stride = {2, 2}, .extra = {1, 1}},
       16,
       2,
       Real(-0.2)},
      {"depthwise, more padding at the end",
       {9, 8, 10, 20},
       {20, 3, 3, 1},
       {.stride = {2, 2}, .groups = 20, .extra = {1, 1}},
       16,
       5,
       Real(-0.4)},
      {"many channels", {2, 9, 9, 64}, {48, 3, 3, 64}, {.padding = {1, 1}}, 16, 3, Real(-0.31)},
      {"sums of more than 16 bits", {2, 5, 5, 320}, {16, 3, 3, 320}, {.padding = {1, 1}}, 16, 3, Real(-0.31)},
      {"one image of one pixel", {1, 1, 1, 1}, {1, 1, 1, 1}, {}},
      {"more images than pieces", {11, 3, 3, 8}, {8, 3, 3, 8}, {.padding = {1, 1}}, 16, 4, Real(-0.5)},
  };
  return all;
}

struct Data {
  CodedImage x;
  CodedWeight w;
  Tensor dy;

  // With unit scales everything is a small integer.
  Data(const Case& c, bool unit) {
    const auto random = [](auto& codes, int lowest, int levels, std::uint64_t seed) {
      Rng rng(seed);
      for (auto& code : codes)
        code = static_cast<std::decay_t<decltype(code)>>(
            lowest + static_cast<int>(rng.below(static_cast<std::uint64_t>(levels))));
    };
    x.codes = Array<std::uint8_t>(c.x);
    random(x.codes, 0, c.levels, 1);
    x.scale = unit ? 1 : Real(0.13);
    x.shift = unit ? Real(-c.border) : c.shift;
    x.border = c.border;
    x.top = c.levels - 1;
    w.codes = Array<std::int8_t>(c.w);
    random(w.codes, c.lowest, -2 * c.lowest, 2);
    w.scale = unit ? uniform({c.w[0]}, 3, 1, 1) : uniform({c.w[0]}, 3, 0.01F, 0.05F);
    dy = uniform(conv2d_output_shape(c.x, c.w, c.geometry, "test"), 4);
    if (unit) {
      for (Real& d : dy) d = std::floor(8 * d);
    }
  }
};

Conv2dGradients gradients(const Data& d, const Case& c, Precision precision, const WantedGradients& wanted) {
  return conv2d_codes_gradients(PiecewiseTensor(d.dy), d.x, d.w, c.geometry, precision, wanted);
}

}  // namespace

TEST_CASE("codes_have_no_byte_products_where_the_processor_has_none_or_is_told_so") {
  const char* const limit = std::getenv("ONEDNN_MAX_CPU_ISA");  // tests/CMakeLists.txt sets it in one run
  const bool limited = limit != nullptr && std::string(limit) == "AVX2";
  const bool vnni = __builtin_cpu_supports("avx512vnni") || __builtin_cpu_supports("avxvnni");
  CAPTURE(limited, vnni);
  CHECK((!has_byte_products() || (vnni && !limited)));
  CHECK((!has_bfloat16_products() || (__builtin_cpu_supports("avx512bf16") && !limited)));
}

TEST_CASE("products_of_codes_agree_with_their_plain_twin") {
  for (const Case& c : cases()) {
    const Data d(c, false);
    const Conv2dResult result = conv2d_codes_forward(d.x, d.w, c.geometry, {.moments = true});
    const std::optional<ChannelMoments>& moments = result.moments;
    const Tensor found = result.values().whole();
    const ChannelMoments of_found = channel_moments(found);
    check_close(str(c.what, ", mean"), moments->mean, of_found.mean, 1e-6);
    check_close(str(c.what, ", variance"), moments->variance, of_found.variance, 1e-6);
    const Tensor expected = plain::conv2d_codes_forward(d.x, d.w, c.geometry);
    INFO(c.what);
    REQUIRE(found.shape() == expected.shape());
    CHECK(relative_error(found, expected) < 2e-6);
  }
}

TEST_CASE("sums_of_codes_stay_in_16_bits_where_they_provably_fit") {
  int fitting = 0;
  for (const Case& c : cases()) {
    const Data d(c, false);
    INFO(c.what);
    const bool fits = sums_fit(d.x, d.w);
    fitting += fits ? 1 : 0;
    const Conv2dResult result = conv2d_codes_forward(d.x, d.w, c.geometry);
    CHECK_FALSE(result.moments);
    const bool possible = has_byte_products() || c.geometry.groups > 1;
    CHECK(result.sums.has_value() == (fits && possible));
    CHECK(result.y.empty() == result.sums.has_value());
  }
  CHECK(fitting > 0);
  CHECK(fitting < static_cast<int>(cases().size()));
  // The largest sum that a code of 255 and one weight can make, and one more.
  CodedImage x{Array<std::uint8_t>({1, 1, 1, 1}), 1, 0, 0, 255};
  CodedWeight w{Array<std::int8_t>({1, 1, 1, 1}, {127}), Tensor({1}, {1})};
  CHECK(sums_fit(x, w));
  w.codes = Array<std::int8_t>({1, 1, 1, 2}, {127, 2});
  CHECK_FALSE(sums_fit(x, w));
}

TEST_CASE("products_of_codes_are_exact_integers") {
  for (const Case& c : cases()) {
    const Data d(c, true);
    check_equal(c.what, conv2d_codes_forward(d.x, d.w, c.geometry).values().whole(),
                plain::conv2d_codes_forward(d.x, d.w, c.geometry));
  }
}

TEST_CASE("gradients_of_codes_agree_with_their_plain_twin") {
  for (const Case& c : cases()) {
    const Data d(c, false);
    const Conv2dGradients expected =
        plain::conv2d_codes_gradients(d.dy, d.x, d.w, c.geometry, {.border_taps = true});
    INFO(c.what);
    const auto check = [&](Precision precision, double tolerance) {
      const Conv2dGradients found = gradients(d, c, precision, {.border_taps = true});
      CHECK(relative_error(found.border_taps, expected.border_taps) < 1e-5);
      CHECK(relative_error(found.dx.whole(), expected.dx.whole()) < tolerance);
      CHECK(relative_error(found.dw, expected.dw) < tolerance);
      CHECK(gradients(d, c, precision, {.dx = false}).dx.empty());
    };
    check(Precision::float32, 1e-5);
    // A bfloat16 has 8 significant bits; errors of a sum average out.
    if (has_bfloat16_products()) check(Precision::bfloat16, 4e-3);
  }
}

TEST_CASE("gradients_of_numbers_that_data_depends_on_agree_with_their_plain_twin") {
  for (const Case& c : cases()) {
    if (c.geometry.groups != 1) continue;
    const Data d(c, false);
    const Tensor z = uniform({2, c.x.count()}, 9);
    const ImageSlopes slopes{2, [&](Range pixels, Real* into) {
                               const long n = pixels.size() * c.x[3];
                               for (long k = 0; k < 2; ++k)
                                 std::copy_n(z.data() + k * c.x.count() + pixels.begin * c.x[3], n,
                                             into + k * n);
                             }};
    const DataGradients expected = plain::conv2d_data_gradients(d.dy, d.x, slopes, d.w, c.geometry);
    INFO(c.what);
    double scale = 0;  // what a number is a sum of
    const Tensor dx =
        plain::conv2d_codes_gradients(d.dy, d.x, d.w, c.geometry, {.border_taps = true}).dx.whole();
    for (const Real v : dx) scale += std::abs(static_cast<double>(v));
    const auto check = [&](Precision precision, double tolerance) {
      const DataGradients found = conv2d_data_gradients(PiecewiseTensor(d.dy), d.x, slopes, d.w, c.geometry,
                                                        precision, {.border_taps = true});
      CHECK(relative_error(found.dw, expected.dw) < tolerance);
      CHECK(relative_error(found.border_taps, expected.border_taps) < 1e-5);
      REQUIRE(found.numbers.size() == 2);
      for (std::size_t i = 0; i < 2; ++i)
        CHECK(std::abs(static_cast<double>(found.numbers[i] - expected.numbers[i])) < tolerance * scale);
      CHECK(std::abs(expected.numbers[0] - expected.numbers[1]) > 1e-4);
    };
    check(Precision::float32, 1e-5);
    if (has_bfloat16_products()) check(Precision::bfloat16, 4e-3);
  }
}

TEST_CASE("bfloat16_holds_codes_and_small_gradients_exactly") {
  if (!has_bfloat16_products()) {
    WARN("this processor has no bfloat16 products");
    return;
  }
  for (const Case& c : cases()) {
    const Data d(c, true);  // gradients are small integers: nothing is rounded
    const Conv2dGradients expected =
        plain::conv2d_codes_gradients(d.dy, d.x, d.w, c.geometry, {.border_taps = true});
    const Conv2dGradients found = gradients(d, c, Precision::bfloat16, {});
    Tensor dx = expected.dx.whole();  // what is handed on is rounded once
    for (Real& v : dx) v = to_bfloat16(v);
    check_equal(str(c.what, ", dx"), found.dx.whole(), dx);
    check_equal(str(c.what, ", dw"), found.dw, expected.dw);
  }
}

TEST_CASE("products_of_codes_do_not_depend_on_the_thread_count") {
  for (const Case& c : cases()) {
    const Data d(c, false);
    check_threads_agree(c.what, [&] {
      const Conv2dResult forward = conv2d_codes_forward(d.x, d.w, c.geometry, {.moments = true});
      std::vector<Tensor> all{forward.values().whole(), forward.moments->mean, forward.moments->variance};
      for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
        if (precision == Precision::bfloat16 && !has_bfloat16_products()) continue;
        const Conv2dGradients g = gradients(d, c, precision, {.border_taps = true});
        all.insert(all.end(), {g.dx.whole(), g.dw, g.border_taps});
      }
      return all;
    });
  }
}

}  // namespace nibble::kernels::conv2d_codes_test
