#include "core/kernels/conv/conv2d.h"

#include <cstdlib>

#include "core/kernels/conv/conv2d_border.h"
#include "core/kernels/conv/conv2d_codes.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::kernels::conv2d_test {
namespace {

struct Case {
  const char* what;
  Shape x, w;
  Conv2dGeometry geometry;
  bool winograd = false;  // with AVX-512
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"3x3", {3, 8, 8, 16}, {16, 3, 3, 16}, {.padding = {1, 1}}},
      {"stem of three channels", {2, 9, 9, 3}, {16, 3, 3, 3}, {.padding = {1, 1}}},
      {"strided", {9, 8, 8, 4}, {8, 3, 3, 4}, {.stride = {2, 2}, .padding = {1, 1}}},
      {"1x1", {2, 4, 4, 8}, {3, 1, 1, 8}, {}},
      {"1x1 strided", {2, 5, 5, 8}, {16, 1, 1, 8}, {.stride = {2, 2}}},
      {"oblong", {2, 7, 6, 2}, {5, 3, 2, 2}, {.stride = {1, 2}, .padding = {2, 1}}},
      {"dilated", {2, 9, 9, 3}, {4, 3, 3, 3}, {.padding = {2, 3}, .dilation = {2, 3}}},
      {"grouped", {2, 5, 5, 6}, {9, 3, 3, 2}, {.padding = {1, 1}, .groups = 3}},
      {"depthwise", {2, 6, 6, 16}, {16, 3, 3, 1}, {.padding = {1, 1}, .groups = 16}},
      {"depthwise 5x5", {9, 7, 8, 21}, {21, 5, 5, 1}, {.padding = {2, 2}, .groups = 21}},
      {"depthwise 5x5 strided",
       {2, 9, 8, 16},
       {16, 5, 5, 1},
       {.stride = {2, 2}, .padding = {2, 2}, .groups = 16}},
      {"depthwise strided, ragged channels",
       {2, 9, 11, 33},
       {33, 3, 3, 1},
       {.stride = {2, 2}, .padding = {1, 1}, .groups = 33}},
      {"depthwise oblong", {3, 8, 7, 20}, {20, 2, 3, 1}, {.stride = {1, 2}, .padding = {2, 1}, .groups = 20}},
      {"depthwise without padding", {2, 7, 9, 5}, {5, 5, 5, 1}, {.stride = {2, 2}, .groups = 5}},
      {"depthwise with stride beyond the kernel",
       {2, 8, 9, 18},
       {18, 2, 1, 1},
       {.stride = {3, 2}, .groups = 18}},
      {"depthwise with padding beyond the kernel",
       {1, 3, 2, 4},
       {4, 2, 2, 1},
       {.padding = {3, 3}, .groups = 4}},
      {"depthwise dilated", {2, 9, 9, 4}, {4, 3, 3, 1}, {.padding = {2, 2}, .dilation = {2, 2}, .groups = 4}},
      {"depthwise with two outputs each", {2, 6, 6, 3}, {6, 3, 3, 1}, {.stride = {2, 1}, .groups = 3}},
      {"more padding at the end", {9, 8, 10, 4}, {8, 3, 3, 4}, {.stride = {2, 2}, .extra = {1, 1}}},
      {"more padding below only", {3, 9, 9, 32}, {48, 3, 3, 32}, {.padding = {1, 1}, .extra = {2, 0}}},
      {"depthwise, more padding at the end",
       {9, 8, 10, 20},
       {20, 3, 3, 1},
       {.stride = {2, 2}, .groups = 20, .extra = {1, 1}}},
      {"depthwise 5x5, more padding at the end",
       {2, 8, 7, 16},
       {16, 5, 5, 1},
       {.stride = {2, 2}, .padding = {1, 1}, .groups = 16, .extra = {1, 3}}},
      {"kernel of the image's size", {2, 4, 4, 5}, {7, 4, 4, 5}, {}},
      {"padding beyond the kernel", {1, 2, 2, 1}, {1, 2, 2, 1}, {.padding = {3, 3}}},
      {"one image of one pixel", {1, 1, 1, 1}, {1, 1, 1, 1}, {}},
      {"more images than pieces", {11, 3, 3, 2}, {2, 3, 3, 2}, {.padding = {1, 1}}},
      {"winograd", {9, 16, 16, 32}, {64, 3, 3, 32}, {.padding = {1, 1}}, true},
      {"winograd, ragged tiles", {16, 14, 13, 64}, {48, 3, 3, 64}, {.padding = {1, 1}}, true},
      {"winograd in all passes", {16, 27, 26, 32}, {64, 3, 3, 32}, {.padding = {1, 1}}, true},
      {"too few tiles for winograd", {3, 9, 9, 32}, {48, 3, 3, 32}, {.padding = {1, 1}}},
  };
  return all;
}

// Calls visit(y, x, w) with the offsets of every product x · w and of the sum it belongs to; x is -1 outside.
template <typename Visit>
void for_each_product(const Case& c, const Shape& y, const Visit& visit) {
  const auto [stride, padding, dilation, groups, extra] = c.geometry;
  // In locals: test cases are compiled without inlining, and this is the innermost of all loops.
  const long high = c.x[1], wide = c.x[2], deep = c.x[3], taps_h = c.w[1], taps_w = c.w[2], depth = c.w[3];
  const long images = y[0], rows = y[1], columns = y[2], channels = y[3], group_out = c.w[0] / groups;
  for (long n = 0; n < images; ++n)
    for (long oh = 0; oh < rows; ++oh)
      for (long ow = 0; ow < columns; ++ow)
        for (long o = 0; o < channels; ++o)
          for (long kh = 0; kh < taps_h; ++kh)
            for (long kw = 0; kw < taps_w; ++kw) {
              const long h = oh * stride.h - padding.h + kh * dilation.h;
              const long v = ow * stride.w - padding.w + kw * dilation.w;
              const bool inside = 0 <= h && h < high && 0 <= v && v < wide;
              const long at_y = ((n * rows + oh) * columns + ow) * channels + o;
              const long at_x = ((n * high + h) * wide + v) * deep + o / group_out * depth;
              const long at_w = ((o * taps_h + kh) * taps_w + kw) * depth;
              for (long i = 0; i < depth; ++i) visit(at_y, inside ? at_x + i : -1, at_w + i);
            }
}

// The three passes by their definition, the border reading as p.
struct Passes {
  Tensor y, dx, dw;
};

Passes by_definition(const Case& c, const Tensor& x, const Tensor& w, const Tensor& dy, Real p) {
  Passes passes{Tensor(dy.shape()), Tensor(c.x), Tensor(c.w)};
  // Pointers: test cases are compiled without inlining.
  const Real *const xs = x.data(), *const ws = w.data(), *const dys = dy.data();
  Real *const ys = passes.y.data(), *const dxs = passes.dx.data(), *const dws = passes.dw.data();
  for_each_product(c, dy.shape(), [&](long iy, long ix, long iw) {
    ys[iy] += (ix < 0 ? p : xs[ix]) * ws[iw];
    dws[iw] += dys[iy] * (ix < 0 ? p : xs[ix]);
    if (ix >= 0) dxs[ix] += dys[iy] * ws[iw];
  });
  return passes;
}

struct Data {
  Tensor x, w, dy;
  explicit Data(const Case& c)
      : x(uniform(c.x, 1)),
        w(uniform(c.w, 2)),
        dy(uniform(conv2d_output_shape(c.x, c.w, c.geometry, "test"), 3)) {}
};

Conv2dGradients gradients(const Data& d, const Case& c) {
  return conv2d_gradients(PiecewiseTensor(d.dy), d.x, d.w, c.geometry, {.border_taps = true});
}

constexpr double kTolerance = 2e-5;  // sums of up to a few hundred products in float

// Winograd's are good to 3e-6 of the largest value (core/kernels/onednn/winograd.h), and those of its weight
// gradient have more than a thousand products.
double tolerance(const Case& c, const Tensor& expected) {
  if (!c.winograd) return kTolerance;
  double largest = 0;
  for (const Real v : expected) largest = std::max(largest, static_cast<double>(std::abs(v)));
  return 5e-6 * largest;
}

// As oneDNN decides it: tests/CMakeLists.txt limits it to AVX2 once.
bool has_winograd() {
  const char* const limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  return has_byte_products() && limit == nullptr && __builtin_cpu_supports("avx512f");
}

}  // namespace

TEST_CASE("plain_convolution_computes_the_definition") {
  for (const Case& c : cases()) {
    const Data d(c);
    const Passes expected = by_definition(c, d.x, d.w, d.dy, 0);
    check_close(str(c.what, ", y"), plain::conv2d_forward(d.x, d.w, c.geometry), expected.y, kTolerance);
    check_close(str(c.what, ", dx"), plain::conv2d_input_gradient(d.dy, d.w, c.x, c.geometry), expected.dx,
                kTolerance);
    check_close(str(c.what, ", dw"), plain::conv2d_weight_gradient(d.dy, d.x, c.w, c.geometry), expected.dw,
                tolerance(c, expected.dw));
  }
}

TEST_CASE("fast_convolution_agrees_with_its_plain_twin") {
  for (const Case& c : cases()) {
    const Data d(c);
    const Tensor y = plain::conv2d_forward(d.x, d.w, c.geometry);
    check_close(str(c.what, ", y"), conv2d_forward(d.x, d.w, c.geometry).y, y, tolerance(c, y));
    const Conv2dGradients found = gradients(d, c), expected = plain::conv2d_gradients(
                                                       d.dy, d.x, d.w, c.geometry, {.border_taps = true});
    check_close(str(c.what, ", dx"), found.dx.whole(), expected.dx.whole(),
                tolerance(c, expected.dx.whole()));
    check_close(str(c.what, ", dw"), found.dw, expected.dw, tolerance(c, expected.dw));
    check_close(str(c.what, ", border taps"), found.border_taps, expected.border_taps, kTolerance);
  }
}

TEST_CASE("convolution_counts_the_moments_of_its_output") {
  for (const Case& c : cases()) {
    const Data d(c);
    const auto [y, moments, sums] = conv2d_forward(d.x, d.w, c.geometry, {.moments = true});
    CHECK_FALSE(sums);
    const ChannelMoments expected = channel_moments(y);
    check_close(str(c.what, ", mean"), moments->mean, expected.mean, 1e-6);
    check_close(str(c.what, ", variance"), moments->variance, expected.variance, 1e-6);
  }
}

TEST_CASE("convolution_takes_images_and_gradients_in_pieces_and_makes_what_is_wanted") {
  const auto in_pieces = [](const Tensor& whole) {
    return PiecewiseTensor(whole.shape(), [&](Range elements, Real* into) {
      std::copy(whole.data() + elements.begin, whole.data() + elements.end, into);
    });
  };
  for (const Case& c : cases()) {
    const Data d(c);
    const PiecewiseTensor images = in_pieces(d.x), pieces = in_pieces(d.dy);
    check_equal(str(c.what, ", y"), conv2d_forward(images, d.w, c.geometry).y,
                conv2d_forward(d.x, d.w, c.geometry).y);
    const Conv2dGradients expected = gradients(d, c);
    const Conv2dGradients dx = conv2d_gradients(pieces, images, d.w, c.geometry, {.dw = false});
    check_equal(str(c.what, ", dx"), dx.dx.whole(), expected.dx.whole());
    const Conv2dGradients dw = conv2d_gradients(pieces, images, d.w, c.geometry, {.dx = false});
    check_equal(str(c.what, ", dw"), dw.dw, expected.dw);
    CHECK(dw.dx.empty());
    CHECK(dw.border_taps.empty());
  }
}

TEST_CASE("convolution_hands_the_gradient_of_its_input_to_a_hook_while_it_makes_it") {
  for (const Case& c : cases()) {
    const Data d(c);
    const std::vector<Range> pieces = cut(c.x[0], kBatchPieces);
    const long image = d.x.shape().row();
    std::vector<long> next;  // element of each piece
    for (const Range& piece : pieces) next.push_back(piece.begin * image);
    Tensor shown(c.x);
    bool in_order = true;
    const PieceListener listen = [&](long piece, Range elements, const Real* values) {
      long& at = next[static_cast<std::size_t>(piece)];
      if (elements.begin != at) in_order = false;
      at = elements.end;
      std::copy_n(values, elements.size(), shown.data() + elements.begin);
    };
    const PieceHook listener{.listen = listen};
    const Conv2dGradients heard =
        conv2d_gradients(PiecewiseTensor(d.dy), d.x, d.w, c.geometry, {.dx_hook = &listener});
    INFO(c.what);
    CHECK(in_order);
    for (std::size_t i = 0; i < pieces.size(); ++i) CHECK(next[i] == pieces[i].end * image);
    check_equal(str(c.what, ", dx, heard"), heard.dx.whole(), shown);
    check_equal(str(c.what, ", dw"), heard.dw, gradients(d, c).dw);

    const PieceHook rewriter{.rewrite = [](long, Range elements, Real* values) {
      for (long i = 0; i < elements.size(); ++i) values[i] *= 2;
    }};
    const Conv2dGradients changed =
        conv2d_gradients(PiecewiseTensor(d.dy), d.x, d.w, c.geometry, {.dx_hook = &rewriter});
    for (Real& value : shown) value *= 2;
    check_equal(str(c.what, ", dx, changed"), changed.dx.whole(), shown);
    check_equal(str(c.what, ", dw"), changed.dw, gradients(d, c).dw);
  }
}

TEST_CASE("convolution_of_small_integers_is_exact") {
  // Sums below 2^24: whatever the order of additions, float has no rounding to do.
  const auto integers = [](Tensor x) {
    for (Real& value : x) value = std::floor(value * 8);
    return x;
  };
  for (const Case& c : cases()) {
    const Tensor x = integers(uniform(c.x, 1)), w = integers(uniform(c.w, 2));
    const Tensor found = conv2d_forward(x, w, c.geometry).y,
                 expected = plain::conv2d_forward(x, w, c.geometry);
    if (c.winograd && has_winograd()) {  // its tiles are no integers, which shows that they are used
      CHECK_FALSE(std::equal(found.begin(), found.end(), expected.begin()));
    } else {
      check_equal(c.what, found, expected);
    }
  }
}

TEST_CASE("convolution_with_bfloat16_products_rounds_what_enters_them") {
  if (!has_bfloat16_products()) {
    WARN("this processor has no bfloat16 products");
    return;
  }
  const auto integers = [](Tensor x) {
    for (Real& value : x) value = std::floor(value * 8);
    return x;
  };
  for (const Case& c : cases()) {
    Data d(c);
    const auto forward = [&] { return conv2d_forward(d.x, d.w, c.geometry, {}, Precision::bfloat16).y; };
    const auto back = [&] {
      return conv2d_gradients(PiecewiseTensor(d.dy), d.x, d.w, c.geometry, {.border_taps = true},
                              Precision::bfloat16);
    };
    const Tensor y = plain::conv2d_forward(d.x, d.w, c.geometry);
    const Conv2dGradients expected =
        plain::conv2d_gradients(d.dy, d.x, d.w, c.geometry, {.border_taps = true});
    INFO(c.what);
    CHECK(relative_error(forward(), y) < 4e-3);  // 8 significant bits
    const Conv2dGradients found = back();
    CHECK(relative_error(found.dx.whole(), expected.dx.whole()) < 4e-3);
    CHECK(relative_error(found.dw, expected.dw) < 4e-3);
    check_close(str(c.what, ", border taps"), found.border_taps, expected.border_taps, kTolerance);
    check_threads_agree(c.what, [&] {
      const Conv2dGradients some = back();
      return std::vector<Tensor>{forward(), some.dx.whole(), some.dw};
    });
    d.x = integers(d.x), d.w = integers(d.w), d.dy = integers(d.dy);  // nothing is rounded, nor transformed
    const Conv2dGradients exact = plain::conv2d_gradients(d.dy, d.x, d.w, c.geometry, {}),
                          of_integers = back();
    check_equal(str(c.what, ", y"), forward(), plain::conv2d_forward(d.x, d.w, c.geometry));
    check_equal(str(c.what, ", dx"), of_integers.dx.whole(), exact.dx.whole());
    check_equal(str(c.what, ", dw"), of_integers.dw, exact.dw);
  }
}

TEST_CASE("convolution_does_not_depend_on_the_thread_count") {
  for (const Case& c : cases()) {
    const Data d(c);
    check_threads_agree(str(c.what, ", fast"), [&] {
      const Conv2dResult forward = conv2d_forward(d.x, d.w, c.geometry, {.moments = true});
      const Conv2dGradients back = gradients(d, c);
      return std::vector<Tensor>{forward.y, forward.moments->mean, forward.moments->variance, back.dx.whole(),
                                 back.dw,   back.border_taps};
    });
    check_threads_agree(str(c.what, ", plain"), [&] {
      return std::vector<Tensor>{plain::conv2d_forward(d.x, d.w, c.geometry),
                                 plain::conv2d_input_gradient(d.dy, d.w, c.x, c.geometry),
                                 plain::conv2d_weight_gradient(d.dy, d.x, c.w, c.geometry)};
    });
  }
}

TEST_CASE("add_border_makes_the_padding_read_as_another_value") {
  const Real p = 0.75;
  for (const Case& c : cases()) {
    const Data d(c);
    const Passes expected = by_definition(c, d.x, d.w, d.dy, p);
    Tensor y = conv2d_forward(d.x, d.w, c.geometry).y;
    add_border(y, p, d.w, c.x, c.geometry);
    check_close(str(c.what, ", y"), y, expected.y, tolerance(c, expected.y));

    const Tensor taps = border_tap_sums(d.dy, c.w, c.x, c.geometry);
    Tensor dw = gradients(d, c).dw;
    add_border_weight_gradient(dw, p, taps);
    check_close(str(c.what, ", dw"), dw, expected.dw, tolerance(c, expected.dw));

    double dp = 0;
    for_each_product(c, d.dy.shape(), [&](long iy, long ix, long iw) {
      if (ix < 0) dp += static_cast<double>(d.dy[iy]) * static_cast<double>(d.w[iw]);
    });
    INFO(c.what);
    CHECK(static_cast<double>(border_value_gradient(taps, d.w)) == Approx(dp).epsilon(1e-4).margin(1e-4));
  }
}

TEST_CASE("border_sums_do_not_depend_on_the_thread_count") {
  for (const Case& c : cases()) {
    const Data d(c);
    check_threads_agree(c.what, [&] {
      Tensor y = d.dy.clone();
      add_border(y, 0.5, d.w, c.x, c.geometry);
      return std::vector<Tensor>{y, border_tap_sums(d.dy, c.w, c.x, c.geometry)};
    });
  }
}

TEST_CASE("conv2d_output_shape_follows_the_formula") {
  CHECK(conv2d_output_shape({2, 32, 32, 3}, {16, 3, 3, 3}, {.padding = {1, 1}}, "t") == Shape{2, 32, 32, 16});
  CHECK(conv2d_output_shape({2, 32, 31, 3}, {16, 3, 3, 3}, {.extra = {1, 2}}, "t") == Shape{2, 31, 31, 16});
  CHECK(conv2d_output_shape({2, 32, 32, 3}, {16, 3, 3, 3}, {.stride = {2, 2}, .padding = {1, 1}}, "t") ==
        Shape{2, 16, 16, 16});
  CHECK(conv2d_output_shape({1, 7, 9, 4}, {2, 3, 3, 2}, {.dilation = {3, 2}, .groups = 2}, "t") ==
        Shape{1, 1, 5, 2});
}

}  // namespace nibble::kernels::conv2d_test
