#include "quant/ops/soft_round.h"

#include <array>
#include <cmath>

#include "core/simd/lanes_math.h"
#include "quant/ops/weight_rows.h"

namespace nibble {
namespace {

using lanes::all;
using lanes::kCount;
using lanes::Values;

// The sigmoid is stretched by as much at both ends, so that h reaches 0 and 1 where α is finite.
constexpr Real kStretch = Real(0.1);

struct Share {
  Values h, slope;  // slope: dh/dα, 0 where h is clipped
};

NIBBLE_LANES Share share(Values logit) {
  const Values s = lanes::logistic(logit), h = s * (1 + 2 * kStretch) - kStretch;
  const Values slope = s * (1 - s) * (1 + 2 * kStretch);
  return {lanes::min(lanes::max(h, Values{}), all(1)), h > 0 && h < 1 ? slope : Values{}};
}

// ŵ / s, and whether it is inside of the grid.
NIBBLE_LANES Values soft_code(Values lower, Values h, Grid codes) {
  return lanes::min(lanes::max(lower + h, all(static_cast<Real>(codes.lo))),
                    all(static_cast<Real>(codes.hi)));
}

// |v|^exponent; 0 of 0.
NIBBLE_LANES Values power(Values v, Real exponent) {
  const Values size = v < 0 ? -v : v;
  return size > Real(1e-30) ? lanes::exp(lanes::log(lanes::max(size, all(Real(1e-30)))) * exponent)
                            : Values{};
}

// The sum of 16 sums, in one order.
double total(const std::array<double, kCount>& sums) {
  double sum = 0;
  for (const double one : sums) sum += one;
  return sum;
}

NIBBLE_LANES void add_to(std::array<double, kCount>& sums, Values values, long n) {
  for (long k = 0; k < n; ++k) sums[static_cast<std::size_t>(k)] += static_cast<double>(values[k]);
}

}  // namespace

Tensor lower_codes(const Tensor& w, const LiveGrid& grid) {
  Tensor lower = Tensor::uninitialized(w.shape());
  const WeightRows rows("soft_round", w.shape(), grid);
  const Real lo = static_cast<Real>(grid.grid.lo - 1), hi = static_cast<Real>(grid.grid.hi);
  rows.for_each([&](long row, long begin, long end) {
    const AffineGrid at = rows.grid(row);
    for (long i = begin; i < end; ++i) lower[i] = std::min(std::max(std::floor(at.position(w[i])), lo), hi);
  });
  return lower;
}

Tensor first_logits(const Tensor& w, const LiveGrid& grid) {
  const Tensor lower = lower_codes(w, grid);
  Tensor logits = Tensor::uninitialized(w.shape());
  const WeightRows rows("soft_round", w.shape(), grid);
  rows.for_each([&](long row, long begin, long end) {
    const AffineGrid at = rows.grid(row);
    for (long i = begin; i < end; ++i) {
      const Real h = std::min(std::max(at.position(w[i]) - lower[i], Real(0)), Real(1));
      logits[i] = std::log((h + kStretch) / (1 + kStretch - h));
    }
  });
  return logits;
}

Var soft_round(const Var& logits, const Tensor& lower, const LiveGrid& grid) {
  check(logits.shape() == lower.shape(), "soft_round: found logits ", logits.shape(), " for codes ",
        lower.shape(), ", expected equal shapes");
  const WeightRows rows("soft_round", lower.shape(), grid);
  const Grid codes = grid.grid;
  Tensor y = Tensor::uninitialized(lower.shape());
  const Real* const from = logits.value().data();
  rows.for_each([&](long row, long begin, long end) {
    const Real scale = rows.grid(row).scale;
    for (long i = begin; i < end; i += kCount) {
      const long n = std::min(kCount, end - i);
      const Values h = share(lanes::load(from + i, n)).h;
      lanes::store(soft_code(lanes::load(lower.data() + i, n), h, codes) * scale, y.data() + i, n);
    }
  });
  const auto backward = [rows, codes, lower, logits = logits.value().clone()](const Tensor& dy,
                                                                              Gradients& into) {
    Tensor dlogits = Tensor::uninitialized(lower.shape());
    std::vector<double> dscale(static_cast<std::size_t>(rows.count));
    rows.for_each([&](long row, long begin, long end) {
      const Real scale = rows.grid(row).scale;
      std::array<double, kCount> sums{};
      for (long i = begin; i < end; i += kCount) {
        const long n = std::min(kCount, end - i);
        const Share at = share(lanes::load(logits.data() + i, n));
        const Values floors = lanes::load(lower.data() + i, n), clamped = soft_code(floors, at.h, codes);
        const Values d = lanes::load(dy.data() + i, n);
        lanes::store(clamped == floors + at.h ? d * at.slope * scale : Values{}, dlogits.data() + i, n);
        add_to(sums, d * clamped, n);
      }
      dscale[static_cast<std::size_t>(row)] = total(sums);
    });
    Tensor of_scales(rows.scales.shape());
    for (long row = 0; row < rows.count; ++row)
      of_scales[rows.scales.size() == 1 ? 0 : row] +=
          static_cast<Real>(dscale[static_cast<std::size_t>(row)]);
    into.add(0, dlogits);
    into.add(1, of_scales);
  };
  return record("soft_round", {logits, grid.scale}, y, backward);
}

Var rounding_penalty(const Var& logits, Real exponent) {
  check(exponent > 0, "rounding_penalty: found exponent ", exponent, ", expected more than 0");
  const long count = logits.value().size();
  const std::vector<Range> chunks = cut(count, (count + kElementGrain - 1) / kElementGrain);
  std::vector<double> sums(chunks.size());
  parallel_for(static_cast<long>(chunks.size()), [&](long c) {
    const Range range = chunks[static_cast<std::size_t>(c)];
    std::array<double, kCount> lots{};
    for (long i = range.begin; i < range.end; i += kCount) {
      const long n = std::min(kCount, range.end - i);
      const Values v = share(lanes::load(logits.value().data() + i, n)).h * 2 - 1;
      add_to(lots, 1 - power(v, exponent), n);
    }
    sums[static_cast<std::size_t>(c)] = total(lots);
  });
  double whole = 0;
  for (const double sum : sums) whole += sum;
  const auto backward = [exponent, logits = logits.value().clone()](const Tensor& dy, Gradients& into) {
    Tensor d = Tensor::uninitialized(logits.shape());
    parallel_chunks(d.size(), kElementGrain, [&](Range range) {
      for (long i = range.begin; i < range.end; i += kCount) {
        const long n = std::min(kCount, range.end - i);
        const Share at = share(lanes::load(logits.data() + i, n));
        const Values v = at.h * 2 - 1, size = power(v, exponent - 1) * at.slope * (2 * exponent * dy[0]);
        lanes::store(v < 0 ? size : -size, d.data() + i, n);
      }
    });
    into.add(0, d);
  };
  return record("rounding_penalty", {logits}, Tensor({1}, {static_cast<Real>(whole)}), backward);
}

Tensor decided_weights(const Tensor& logits, const Tensor& lower, const LiveGrid& grid) {
  const WeightRows rows("soft_round", lower.shape(), grid);
  Tensor w = Tensor::uninitialized(lower.shape());
  rows.for_each([&](long row, long begin, long end) {
    for (long i = begin; i < end; ++i)
      w[i] = rows.grid(row).scale * grid.grid.clamp(lower[i] + (logits[i] >= 0 ? Real(1) : Real(0)));
  });
  return w;
}

}  // namespace nibble
