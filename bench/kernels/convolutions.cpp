#include "bench/kernels/convolution_cases.h"
#include "core/kernels/conv/conv2d_border.h"
#include "core/kernels/conv/conv2d_codes.h"

namespace nibble::bench {

namespace {

kernels::CodedImage coded_image(const Shape& shape) {
  return {random_codes<Array<std::uint8_t>>(shape, 0, 16), Real(0.1), Real(-0.3), 3};
}

kernels::CodedWeight coded_weight(const Shape& shape) {
  Tensor scale({shape[0]});
  scale.fill(Real(0.05));
  return {random_codes<Array<std::int8_t>>(shape, -8, 16), scale};
}

// Adds the benchmark of a kernel that takes two tensors.
template <typename Kernel>
void add(const std::string& kernel, const ConvolutionCase& c, const Shape& a, const Shape& b,
         const PassCost& cost, const MachinePeaks& peaks, const Kernel& run) {
  add_benchmark(kernel + "/" + c.name, [=, &peaks](benchmark::State& state) {
    const Tensor first = random_tensor(a), second = random_tensor(b);
    measure(state, cost, peaks, [&] { benchmark::DoNotOptimize(run(first, second)); });
  });
}

void add_float(const ConvolutionCase& c, const MachinePeaks& peaks) {
  const PassCost cost{ConvolutionCase::real(c.x) + ConvolutionCase::real(c.w) + ConvolutionCase::real(c.y),
                      2 * c.products(), Products::float32};
  const std::string conv = c.depthwise() ? "depthwise_conv2d" : "conv2d";
  add(conv + "_forward", c, c.x, c.w, cost, peaks, [c](const Tensor& x, const Tensor& w) {
    return kernels::conv2d_forward(x, w, c.geometry, {.moments = true});
  });
  const PassCost both{
      2 * ConvolutionCase::real(c.x) + 2 * ConvolutionCase::real(c.w) + ConvolutionCase::real(c.y),
      4 * c.products(), Products::float32};
  add_benchmark(conv + "_gradients/" + c.name, [=, &peaks](benchmark::State& state) {
    const Tensor x = random_tensor(c.x), w = random_tensor(c.w);
    const PiecewiseTensor dy(random_tensor(c.y));
    measure(state, both, peaks,
            [&] { benchmark::DoNotOptimize(kernels::conv2d_gradients(dy, x, w, c.geometry, {})); });
  });
}

void add_codes(const ConvolutionCase& c, const MachinePeaks& peaks) {
  const PassCost forward{ConvolutionCase::code(c.x) + ConvolutionCase::code(c.w) + ConvolutionCase::real(c.y),
                         2 * c.products(), Products::int8};
  add_benchmark("conv2d_codes_forward/" + c.name, [=, &peaks](benchmark::State& state) {
    const kernels::CodedImage x = coded_image(c.x);
    const kernels::CodedWeight w = coded_weight(c.w);
    measure(state, forward, peaks, [&] {
      benchmark::DoNotOptimize(kernels::conv2d_codes_forward(x, w, c.geometry, {.moments = true}));
    });
  });

  const bool bfloat16 = kernels::has_bfloat16_products();
  const PassCost backward{ConvolutionCase::real(c.y) + ConvolutionCase::code(c.x) +
                              ConvolutionCase::code(c.w) + ConvolutionCase::real(c.x) +
                              ConvolutionCase::real(c.w),
                          4 * c.products(), bfloat16 ? Products::bfloat16 : Products::float32};
  add_benchmark("conv2d_codes_gradients/" + c.name, [=, &peaks](benchmark::State& state) {
    const kernels::CodedImage x = coded_image(c.x);
    const kernels::CodedWeight w = coded_weight(c.w);
    const PiecewiseTensor dy(random_tensor(c.y));
    const auto precision = bfloat16 ? kernels::Precision::bfloat16 : kernels::Precision::float32;
    measure(state, backward, peaks, [&] {
      benchmark::DoNotOptimize(kernels::conv2d_codes_gradients(dy, x, w, c.geometry, precision, {}));
    });
  });
}

// The cost of a border that reads as another value than zero: a pass over the border of y.
void add_border(const ConvolutionCase& c, const MachinePeaks& peaks) {
  const auto [height, width] = std::pair{c.y[1], c.y[2]};
  const double edge = static_cast<double>(2 * (height + width) - 4) / static_cast<double>(height * width);
  const PassCost cost{2 * edge * ConvolutionCase::real(c.y), edge * static_cast<double>(c.y.count()),
                      Products::none};
  add_benchmark("add_border/" + c.name, [=, &peaks](benchmark::State& state) {
    Tensor y = random_tensor(c.y);
    const Tensor w = random_tensor(c.w);
    measure(state, cost, peaks, [&] { kernels::add_border(y, Real(0.01), w, c.x, c.geometry); });
  });
  add("border_tap_sums", c, c.y, c.w, {cost.bytes / 2, cost.operations, Products::none}, peaks,
      [c](const Tensor& dy, const Tensor&) { return kernels::border_tap_sums(dy, c.w, c.x, c.geometry); });
}

}  // namespace

void add_convolutions(const std::vector<NetShapes>& nets, const MachinePeaks& peaks) {
  for (const NetShapes& net : nets) {
    for (const ConvolutionCase& c : convolution_cases(net, net.batch)) {
      add_float(c, peaks);
      add_codes(c, peaks);
      if (c.geometry.padded()) add_border(c, peaks);
    }
  }
}

}  // namespace nibble::bench
