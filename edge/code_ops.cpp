#include "edge/code_ops.h"

#include <algorithm>
#include <vector>

#include "core/kernels/byte_table.h"
#include "core/parallel.h"
#include "edge/walk.h"

namespace nibble::edge {

namespace {

// codes[c] of one pixel. Multipliers are one a channel here, whatever the layer stores.
struct Lines {
  std::vector<std::int32_t> mult, mult2;
  std::vector<std::int64_t> offset, offset2;
  int shift;
  std::int64_t lo, hi;

  Lines(const Requantization& r, Range channels) : shift(r.shift), lo(r.lo), hi(r.hi) {
    take(r.mult, channels, mult);
    take(r.offset, channels, offset);
    take(r.mult2, channels, mult2);
    take(r.offset2, channels, offset2);
  }

  void apply(const std::int32_t* sums, std::uint8_t* codes) const {
    const long n = static_cast<long>(mult.size());
    const std::int32_t* const m = mult.data();
    const std::int64_t* const b = offset.data();
    if (mult2.empty()) {
      for (long c = 0; c < n; ++c)
        codes[c] = clamped((std::int64_t{sums[c]} * std::int64_t{m[c]} + b[c]) >> shift);
      return;
    }
    const std::int32_t* const m2 = mult2.data();
    const std::int64_t* const b2 = offset2.data();
    for (long c = 0; c < n; ++c) {
      codes[c] = clamped(std::max((std::int64_t{sums[c]} * std::int64_t{m[c]} + b[c]) >> shift,
                                  (std::int64_t{sums[c]} * std::int64_t{m2[c]} + b2[c]) >> shift));
    }
  }

 private:
  template <typename T>
  static void take(const std::vector<T>& from, Range channels, std::vector<T>& into) {
    if (from.empty()) return;
    for (long c = channels.begin; c < channels.end; ++c)
      into.push_back(from[from.size() == 1 ? 0 : static_cast<std::size_t>(c)]);
  }
  std::uint8_t clamped(std::int64_t code) const {
    return static_cast<std::uint8_t>(std::min(std::max(code, lo), hi));
  }
};

Shape as_image(const Shape& out) { return out.rank() == 3 ? out : Shape{1, 1, out[0]}; }

}  // namespace

void requantize(const Requantization& r, const kernels::IntegerSums& sums, long channels,
                std::uint8_t* codes) {
  const Lines lines(r, sums.channels);
  const std::int32_t* from = sums.data;
  std::uint8_t* into = codes + sums.pixels.begin * channels + sums.channels.begin;
  for (long i = sums.pixels.begin; i < sums.pixels.end; ++i) {
    lines.apply(from, into);
    from += sums.channels.size();
    into += channels;
  }
}

Array<std::uint8_t> add(const IntegerAdd& add, const Array<std::uint8_t>& x1, const Array<std::uint8_t>& x2) {
  auto y = Array<std::uint8_t>::uninitialized(x1.shape());
  const std::int64_t lo = add.lo, hi = add.hi;
  const int shift = add.shift;
  const std::uint8_t *const q1 = x1.data(), *const q2 = x2.data();
  std::uint8_t* const code = y.data();
  const auto line_of = [shift](const AddLine& l) {
    return [l, shift](std::int32_t a, std::int32_t b) {
      return (std::int64_t{a} * l.mult1 + std::int64_t{b} * l.mult2 + l.offset) >> shift;
    };
  };
  const auto first = line_of(add.line), second = line_of(add.line2.value_or(add.line));
  parallel_chunks(y.size(), kElementGrain, [&](Range range) {
    if (add.line2) {
      for (long i = range.begin; i < range.end; ++i) {
        const std::int64_t larger = std::max(first(q1[i], q2[i]), second(q1[i], q2[i]));
        code[i] = static_cast<std::uint8_t>(std::clamp(larger, lo, hi));
      }
    } else {
      for (long i = range.begin; i < range.end; ++i)
        code[i] = static_cast<std::uint8_t>(std::min(std::max(first(q1[i], q2[i]), lo), hi));
    }
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
            for (long c = 0; c < channels; ++c) code[c] = std::max(code[c], q[c]);
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
      for (long kh = 0; kh < pool.kernel.h; ++kh) {
        for (long kw = 0; kw < pool.kernel.w; ++kw) {
          const long h = oh * pool.stride.h + kh, w = ow * pool.stride.w + kw;
          const std::uint8_t* const q = x.data() + ((n * rows + h) * width + w) * channels;
          for (long c = 0; c < channels; ++c) sums[static_cast<std::size_t>(c)] += q[c];
        }
      }
      lines.apply(sums.data(), y.data() + (n * of_each_image + i) * channels);
    }
  });
  return y;
}

}  // namespace nibble::edge
