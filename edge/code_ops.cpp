#include "edge/code_ops.h"

#include <algorithm>
#include <vector>

#include "core/kernels/byte_table.h"
#include "core/parallel.h"
#include "edge/walk.h"

namespace nibble::edge {

namespace {

// A byte may alias anything, so loops that store bytes read their constants through locals and __restrict.

// codes[i] of sums that lie behind one another, the channels' constants repeated until loops are long.
struct Lines {
  std::vector<std::int32_t> mult, mult2;
  std::vector<std::int64_t> offset, offset2;
  long period;  // channels, some times
  int shift;
  std::int64_t lo, hi;

  Lines(const Requantization& r, Range channels)
      : period(channels.size() * std::max(1L, kLongLoop / channels.size())),
        shift(r.shift),
        lo(r.lo),
        hi(r.hi) {
    take(r.mult, channels, mult);
    take(r.offset, channels, offset);
    take(r.mult2, channels, mult2);
    take(r.offset2, channels, offset2);
  }

  // sums begin at the first channel.
  void apply(const std::int32_t* sums, long n, std::uint8_t* codes) const {
    for (; n > 0; n -= period, sums += period, codes += period) {
      if (mult2.empty()) {
        one_line(sums, std::min(n, period), codes);
      } else {
        two_lines(sums, std::min(n, period), codes);
      }
    }
  }

 private:
  static constexpr long kLongLoop = 512;

  void one_line(const std::int32_t* __restrict sums, long n, std::uint8_t* __restrict codes) const {
    const std::int32_t* const __restrict m = mult.data();
    const std::int64_t* const __restrict b = offset.data();
    const std::int64_t low = lo, high = hi;
    const int s = shift;
    for (long i = 0; i < n; ++i) {
      const std::int64_t code = (std::int64_t{sums[i]} * std::int64_t{m[i]} + b[i]) >> s;
      codes[i] = static_cast<std::uint8_t>(std::min(std::max(code, low), high));
    }
  }

  void two_lines(const std::int32_t* __restrict sums, long n, std::uint8_t* __restrict codes) const {
    const std::int32_t* const __restrict m = mult.data(), * const __restrict m2 = mult2.data();
    const std::int64_t* const __restrict b = offset.data(), * const __restrict b2 = offset2.data();
    const std::int64_t low = lo, high = hi;
    const int s = shift;
    for (long i = 0; i < n; ++i) {
      const std::int64_t first = (std::int64_t{sums[i]} * std::int64_t{m[i]} + b[i]) >> s;
      const std::int64_t second = (std::int64_t{sums[i]} * std::int64_t{m2[i]} + b2[i]) >> s;
      codes[i] = static_cast<std::uint8_t>(std::min(std::max(std::max(first, second), low), high));
    }
  }

  template <typename T>
  void take(const std::vector<T>& from, Range channels, std::vector<T>& into) const {
    if (from.empty()) return;
    for (long i = 0; i < period; ++i) {
      const long channel = channels.begin + i % channels.size();
      into.push_back(from[from.size() == 1 ? 0 : static_cast<std::size_t>(channel)]);
    }
  }
};

// codes[i] = max(codes[i], others[i])
void larger_codes(const std::uint8_t* __restrict others, long n, std::uint8_t* __restrict codes) {
  for (long i = 0; i < n; ++i) codes[i] = std::max(codes[i], others[i]);
}

Shape as_image(const Shape& out) { return out.rank() == 3 ? out : Shape{1, 1, out[0]}; }

}  // namespace

void requantize(const Requantization& r, const kernels::IntegerSums& sums, long channels,
                std::uint8_t* codes) {
  const Lines lines(r, sums.channels);
  std::uint8_t* into = codes + sums.pixels.begin * channels + sums.channels.begin;
  if (sums.channels.size() == channels) {
    lines.apply(sums.data, sums.pixels.size() * channels, into);
    return;
  }
  const std::int32_t* from = sums.data;
  for (long i = 0; i < sums.pixels.size(); ++i, from += sums.channels.size(), into += channels)
    lines.apply(from, sums.channels.size(), into);
}

namespace {

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

}  // namespace

Array<std::uint8_t> add(const IntegerAdd& add, const Array<std::uint8_t>& x1, const Array<std::uint8_t>& x2) {
  auto y = Array<std::uint8_t>::uninitialized(x1.shape());
  parallel_chunks(y.size(), kElementGrain, [&](Range range) {
    const std::uint8_t *const q1 = x1.data() + range.begin, *const q2 = x2.data() + range.begin;
    std::uint8_t* const codes = y.data() + range.begin;
    add_line(add, add.line, q1, q2, range.size(), codes);
    if (!add.line2) return;
    // Clamping keeps order, so the larger may be taken behind it.
    auto second = Array<std::uint8_t>::uninitialized({range.size()});
    add_line(add, *add.line2, q1, q2, range.size(), second.data());
    larger_codes(second.data(), range.size(), codes);
  });
  return y;
}

Array<std::uint8_t> look_up(const IntegerTable& table, const Array<std::uint8_t>& x) {
  kernels::ByteTable whole{};  // codes beyond a short table do not occur
  std::copy(table.table.begin(), table.table.end(), whole.begin());
  auto y = Array<std::uint8_t>::uninitialized(x.shape());
  parallel_chunks(x.size(), kElementGrain, [&](Range range) {
    kernels::look_up(whole, x.data() + range.begin, range.size(), y.data() + range.begin);
  });
  return y;
}

Array<std::uint8_t> max_pool(const IntegerMaxPool& pool, const Array<std::uint8_t>& x, const Shape& out) {
  auto y = Array<std::uint8_t>::uninitialized(batch_shape(x.shape()[0], out));
  const long rows = x.shape()[1], width = x.shape()[2], channels = x.shape()[3];
  parallel_chunks(x.shape()[0] * out[0], std::max(1L, kElementGrain / (out[1] * channels)), [&](Range range) {
    for (long row = range.begin; row < range.end; ++row) {
      const long n = row / out[0], oh = row % out[0];
      std::uint8_t* code = y.data() + row * out[1] * channels;
      for (long ow = 0; ow < out[1]; ++ow, code += channels) {
        std::fill(code, code + channels, std::uint8_t{0});
        for (long kh = 0; kh < pool.kernel.h; ++kh) {
          const long h = oh * pool.stride.h - pool.padding.h + kh;
          if (h < 0 || h >= rows) continue;
          for (long kw = 0; kw < pool.kernel.w; ++kw) {
            const long w = ow * pool.stride.w - pool.padding.w + kw;
            if (w < 0 || w >= width) continue;
            const std::uint8_t* const q = x.data() + ((n * rows + h) * width + w) * channels;
            larger_codes(q, channels, code);
          }
        }
      }
    }
  });
  return y;
}

Array<std::uint8_t> average_pool(const IntegerAveragePool& pool, const Array<std::uint8_t>& x,
                                 const Shape& out) {
  auto y = Array<std::uint8_t>::uninitialized(batch_shape(x.shape()[0], out));
  const Shape image = as_image(out);
  const long rows = x.shape()[1], width = x.shape()[2], channels = x.shape()[3];
  const Lines lines(pool.requantization, {0, channels});
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
      lines.apply(sum, channels, y.data() + (n * of_each_image + i) * channels);
    }
  });
  return y;
}

}  // namespace nibble::edge
