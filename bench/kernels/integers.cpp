// Kernels of integer inference on one image: convolutions from codes to codes or, where no line makes codes
// of the sums, to sums; additions and tables of codes.

#include "bench/kernels/convolution_cases.h"
#include "core/kernels/integer/byte_table.h"
#include "core/kernels/integer/code_add.h"
#include "core/kernels/integer/code_conv2d.h"
#include "core/kernels/integer/integer_conv2d.h"

namespace nibble::bench {

namespace {

constexpr int kLevels = 16;

kernels::IntegerConv2dProblem problem_of(const ConvolutionCase& c) {
  return {{c.x[1], c.x[2], c.x[3]}, c.w, c.geometry, 3, kLevels - 1};
}

struct Operands {
  Array<std::uint8_t> x;
  std::vector<std::int8_t> weights;
};

Operands operands_of(const ConvolutionCase& c) {
  const auto weights = random_codes<Array<std::int8_t>>(c.w, -8, kLevels);
  return {random_codes<Array<std::uint8_t>>(c.x, 0, kLevels), {weights.begin(), weights.end()}};
}

// Lines whose codes spread over the whole grid. wide: lines of double.
kernels::CodeLines lines_of(const ConvolutionCase& c, bool wide) {
  const auto channels = static_cast<std::size_t>(c.w[0]);
  return {std::vector<double>(channels, 0.0078125), std::vector<double>(channels, 7.5), 0, kLevels - 1, wide};
}

void add_code_conv2d(const ConvolutionCase& c, bool wide, const MachinePeaks& peaks) {
  const PassCost cost{ConvolutionCase::code(c.x) + ConvolutionCase::code(c.w) + ConvolutionCase::code(c.y),
                      2 * c.products(), Products::int8};
  add_benchmark(str(wide ? "code_conv2d_wide/" : "code_conv2d/", c.name),
                [=, &peaks](benchmark::State& state) {
                  const Operands with = operands_of(c);
                  const kernels::CodeConv2d conv(problem_of(c), with.weights, lines_of(c, wide));
                  auto codes = Array<std::uint8_t>::uninitialized(c.y);
                  measure(state, cost, peaks, [&] { conv.run(with.x, codes.data()); });
                });
}

void add_integer_conv2d(const ConvolutionCase& c, const MachinePeaks& peaks) {
  const PassCost cost{ConvolutionCase::code(c.x) + ConvolutionCase::code(c.w) + ConvolutionCase::real(c.y),
                      2 * c.products(), Products::int8};
  add_benchmark("integer_conv2d/" + c.name, [=, &peaks](benchmark::State& state) {
    const Operands with = operands_of(c);
    const kernels::IntegerConv2d conv(problem_of(c), with.weights);
    measure(state, cost, peaks, [&] {
      conv.run(with.x, [](const kernels::IntegerSums& sums) { benchmark::DoNotOptimize(sums.data); });
    });
  });
}

void add_elementwise(const MachinePeaks& peaks) {
  constexpr long kCodes = 1 << 16;
  constexpr double kSize = kCodes;
  if (kernels::code_add_fits()) {
    add_benchmark("code_add", [&peaks](benchmark::State& state) {
      const auto q1 = random_codes<Array<std::uint8_t>>({kCodes}, 0, 256), q2 = q1.clone();
      auto y = Array<std::uint8_t>::uninitialized({kCodes});
      const kernels::CodeAddLine line{0.4F, 0.6F, 0.5F, 0, 255};
      measure(state, {3 * kSize, 2 * kSize, Products::none}, peaks,
              [&] { kernels::code_add(line, q1.data(), q2.data(), kCodes, y.data()); });
    });
  }
  add_benchmark("byte_table", [&peaks](benchmark::State& state) {
    const auto x = random_codes<Array<std::uint8_t>>({kCodes}, 0, 256);
    auto y = Array<std::uint8_t>::uninitialized({kCodes});
    kernels::ByteTable table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<std::uint8_t>(i / kLevels);
    measure(state, {2 * kSize, kSize, Products::none}, peaks,
            [&] { kernels::look_up(table, x.data(), kCodes, y.data()); });
  });
}

}  // namespace

void add_integers(const std::vector<NetShapes>& nets, const MachinePeaks& peaks) {
  for (const NetShapes& net : nets) {
    for (const ConvolutionCase& c : convolution_cases(net, 1)) {
      for (const bool wide : {false, true}) {
        if (kernels::CodeConv2d::fits(problem_of(c), wide)) add_code_conv2d(c, wide, peaks);
      }
      add_integer_conv2d(c, peaks);
    }
  }
  add_elementwise(peaks);
}

}  // namespace nibble::bench
