#include "edge/graph/code_ops.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "core/kernels/integer/byte_table.h"
#include "core/parallel.h"
#include "core/scratch.h"
#include "edge/graph/integer_value.h"

namespace nibble::edge {

namespace {

constexpr long kPiece = 4 * kElementGrain;  // codes: a quarter of a second-level cache

// codes[i] = max(codes[i], others[i])
void larger_codes(const std::uint8_t* __restrict others, long n, std::uint8_t* __restrict codes) {
  for (long i = 0; i < n; ++i) codes[i] = std::max(codes[i], others[i]);
}

// codes[i] = the largest of x[i], x[n + i] ...; zero of none.
void largest(const std::uint8_t* x, long count, long n, std::uint8_t* codes) {
  if (count == 0) {
    std::fill(codes, codes + n, std::uint8_t{0});
    return;
  }
  std::copy(x, x + n, codes);
  for (long k = 1; k < count; ++k) larger_codes(x + k * n, n, codes);
}

// The part of first ... first + size that lies in 0 ... end.
Range inside(long first, long size, long end) {
  const long begin = std::clamp(first, 0L, end);
  return {begin, std::clamp(first + size, begin, end)};
}

// Codes element by element, in equally many pieces for each thread: what its rows of the layer before made is
// then in its cache.
void over_codes(long n, const std::function<void(Range)>& body) {
  const long rounds = n < kElementGrain ? 0 : (n + threads() * kPiece - 1) / (threads() * kPiece);
  const std::vector<Range> pieces = cut(n, rounds * threads());
  parallel_for(static_cast<long>(pieces.size()), [&](long i) { body(pieces[static_cast<std::size_t>(i)]); });
}

Shape as_image(const Shape& out) { return out.rank() == 3 ? out : Shape{1, 1, out[0]}; }

void add_line(const IntegerAdd& add, const AddLine& line, const std::uint8_t* __restrict q1,
              const std::uint8_t* __restrict q2, long n, std::uint8_t* __restrict codes) {
  const std::int32_t m1 = line.mult1, m2 = line.mult2;
  const std::int64_t offset = line.offset, low = add.lo, high = add.hi;
  const int shift = add.shift;
  for (long i = 0; i < n; ++i) {
    const std::int64_t code = (std::int64_t{q1[i]} * m1 + std::int64_t{q2[i]} * m2 + offset) >> shift;
    codes[i] = static_cast<std::uint8_t>(std::min(std::max(code, low), high));
  }
}

// Lines of x1, from n factors.
void lines_of(const IntegerMultiply& m, const std::uint8_t* __restrict factors, long n,
              std::int32_t* __restrict mult, std::int64_t* __restrict offset) {
  for (long i = 0; i < n; ++i) {
    mult[i] = factors[i] * m.product + m.mult1;
    offset[i] = std::int64_t{factors[i]} * m.mult2 + m.offset;
  }
}

void on_lines(const IntegerMultiply& m, const std::int32_t* __restrict mult,
              const std::int64_t* __restrict offset, const std::uint8_t* __restrict x, long n,
              std::uint8_t* __restrict y) {
  const std::int64_t low = m.lo, high = m.hi;
  const int shift = m.shift;
  for (long i = 0; i < n; ++i) {
    const std::int64_t code = (std::int64_t{x[i]} * std::int64_t{mult[i]} + offset[i]) >> shift;
    y[i] = static_cast<std::uint8_t>(std::min(std::max(code, low), high));
  }
}

}  // namespace

void multiply_codes(const IntegerMultiply& multiply, const std::uint8_t* x1, const std::uint8_t* x2,
                    bool per_channel, long rows, long channels, std::uint8_t* y) {
  Scratch<std::int32_t> mult(channels);
  Scratch<std::int64_t> offset(channels);
  for (long row = 0; row < rows; ++row, x1 += channels, y += channels) {
    if (row == 0 || !per_channel) lines_of(multiply, x2, channels, mult.data(), offset.data());
    if (!per_channel) x2 += channels;
    on_lines(multiply, mult.data(), offset.data(), x1, channels, y);
  }
}

void add_codes(const IntegerAdd& add, const std::optional<kernels::CodeAddLine>& floats,
               const std::uint8_t* x1, const std::uint8_t* x2, long n, std::uint8_t* y) {
  if (floats) {
    kernels::code_add(*floats, x1, x2, n, y);
    return;
  }
  add_line(add, add.line, x1, x2, n, y);
  if (!add.line2) return;
  // Clamping keeps order, so the larger may be taken behind it.
  Scratch<std::uint8_t> second(n);
  add_line(add, *add.line2, x1, x2, n, second.data());
  larger_codes(second.data(), n, y);
}

void look_up_codes(const IntegerTable& table, const std::uint8_t* x, long n, std::uint8_t* y) {
  kernels::ByteTable whole{};  // codes beyond a short table do not occur
  std::copy(table.table.begin(), table.table.end(), whole.begin());
  kernels::look_up(whole, x, n, y);
}

Array<std::uint8_t> add(const IntegerAdd& add, const std::optional<kernels::CodeAddLine>& floats,
                        const Array<std::uint8_t>& x1, const Array<std::uint8_t>& x2) {
  auto y = Array<std::uint8_t>::uninitialized(x1.shape());
  over_codes(y.size(), [&](Range range) {
    const long i = range.begin;
    add_codes(add, floats, x1.data() + i, x2.data() + i, range.size(), y.data() + i);
  });
  return y;
}

Array<std::uint8_t> multiply(const IntegerMultiply& multiply, const Array<std::uint8_t>& x1,
                             const Array<std::uint8_t>& x2) {
  auto y = Array<std::uint8_t>::uninitialized(x1.shape());
  const bool per_channel = x1.shape() != x2.shape();
  parallel_for(x1.shape()[0], [&](long n) {
    const long at = n * x1.shape().row(), channels = x1.shape().back();
    multiply_codes(multiply, x1.data() + at, x2.data() + n * x2.shape().row(), per_channel,
                   x1.shape().row() / channels, channels, y.data() + at);
  });
  return y;
}

Array<std::uint8_t> look_up(const IntegerTable& table, const Array<std::uint8_t>& x) {
  auto y = Array<std::uint8_t>::uninitialized(x.shape());
  over_codes(x.size(), [&](Range range) {
    look_up_codes(table, x.data() + range.begin, range.size(), y.data() + range.begin);
  });
  return y;
}

Array<std::uint8_t> max_pool(const IntegerMaxPool& pool, const Array<std::uint8_t>& x, const Shape& out) {
  auto y = Array<std::uint8_t>::uninitialized(batch_shape(x.shape()[0], out));
  const long rows = x.shape()[1], width = x.shape()[2], channels = x.shape()[3], in_row = width * channels;
  parallel_chunks(x.shape()[0] * out[0], std::max(1L, kElementGrain / (out[1] * channels)), [&](Range range) {
    // The largest of each column first, so that windows that overlap share them.
    Scratch<std::uint8_t> columns(in_row);
    for (long row = range.begin; row < range.end; ++row) {
      const Range high = inside(row % out[0] * pool.stride.h - pool.padding.h, pool.kernel.h, rows);
      const std::uint8_t* const image = x.data() + row / out[0] * rows * in_row;
      largest(image + high.begin * in_row, high.size(), in_row, columns.data());
      std::uint8_t* code = y.data() + row * out[1] * channels;
      for (long ow = 0; ow < out[1]; ++ow, code += channels) {
        const Range wide = inside(ow * pool.stride.w - pool.padding.w, pool.kernel.w, width);
        largest(columns.data() + wide.begin * channels, wide.size(), channels, code);
      }
    }
  });
  return y;
}

Array<std::uint8_t> average_pool(const IntegerAveragePool& pool, const Requantizer& requantize,
                                 const Array<std::uint8_t>& x, const Shape& out) {
  auto y = Array<std::uint8_t>::uninitialized(batch_shape(x.shape()[0], out));
  const Shape image = as_image(out);
  const long rows = x.shape()[1], width = x.shape()[2], channels = x.shape()[3];
  const long of_each_image = image[0] * image[1];
  parallel_for(x.shape()[0], [&](long n) {
    std::vector<std::int32_t> sums(static_cast<std::size_t>(channels));
    for (long i = 0; i < of_each_image; ++i) {
      const long oh = i / image[1], ow = i % image[1];
      std::fill(sums.begin(), sums.end(), 0);
      std::int32_t* const __restrict sum = sums.data();
      for (long kh = 0; kh < pool.kernel.h; ++kh) {
        for (long kw = 0; kw < pool.kernel.w; ++kw) {
          const long h = oh * pool.stride.h + kh, w = ow * pool.stride.w + kw;
          const std::uint8_t* const q = x.data() + ((n * rows + h) * width + w) * channels;
          for (long c = 0; c < channels; ++c) sum[c] += q[c];
        }
      }
      const long pixel = n * of_each_image + i;
      requantize({{pixel, pixel + 1}, {0, channels}, sum}, y.data());
    }
  });
  return y;
}

}  // namespace nibble::edge
