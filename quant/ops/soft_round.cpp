#include "quant/ops/soft_round.h"

#include <cmath>

#include "quant/ops/weight_rows.h"

namespace nibble {
namespace {

// The sigmoid is stretched by as much at both ends, so that h reaches 0 and 1 where α is finite.
constexpr Real kStretch = Real(0.1);

Real sigmoid(Real logit) { return 1 / (1 + std::exp(-logit)); }

struct Share {
  Real h, slope;  // slope: dh/dα, 0 where h is clipped
};

Share share(Real logit) {
  const Real s = sigmoid(logit), h = (1 + 2 * kStretch) * s - kStretch;
  if (h <= 0) return {0, 0};
  if (h >= 1) return {1, 0};
  return {h, (1 + 2 * kStretch) * s * (1 - s)};
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
  rows.for_each([&](long row, long begin, long end) {
    for (long i = begin; i < end; ++i)
      y[i] = rows.grid(row).scale * codes.clamp(lower[i] + share(logits.value()[i]).h);
  });
  const auto backward = [rows, codes, lower, logits = logits.value().clone()](const Tensor& dy,
                                                                              Gradients& into) {
    Tensor dlogits = Tensor::uninitialized(lower.shape());
    std::vector<double> dscale(static_cast<std::size_t>(rows.count));
    rows.for_each([&](long row, long begin, long end) {
      double sum = 0;
      for (long i = begin; i < end; ++i) {
        const Share at = share(logits[i]);
        const Real code = lower[i] + at.h, clamped = codes.clamp(code);
        dlogits[i] = clamped == code ? dy[i] * rows.grid(row).scale * at.slope : 0;
        sum += static_cast<double>(dy[i] * clamped);
      }
      dscale[static_cast<std::size_t>(row)] = sum;
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
  const long n = logits.value().size();
  const std::vector<Range> chunks = cut(n, (n + kElementGrain - 1) / kElementGrain);
  std::vector<double> sums(chunks.size());
  parallel_for(static_cast<long>(chunks.size()), [&](long c) {
    double sum = 0;
    for (long i = chunks[static_cast<std::size_t>(c)].begin; i < chunks[static_cast<std::size_t>(c)].end; ++i)
      sum += static_cast<double>(1 - std::pow(std::abs(2 * share(logits.value()[i]).h - 1), exponent));
    sums[static_cast<std::size_t>(c)] = sum;
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  const auto backward = [exponent, logits = logits.value().clone()](const Tensor& dy, Gradients& into) {
    Tensor d = Tensor::uninitialized(logits.shape());
    parallel_chunks(d.size(), kElementGrain, [&](Range range) {
      for (long i = range.begin; i < range.end; ++i) {
        const Share at = share(logits[i]);
        const Real v = 2 * at.h - 1;
        d[i] =
            -dy[0] * exponent * std::pow(std::abs(v), exponent - 1) * (v < 0 ? Real(-2) : Real(2)) * at.slope;
      }
    });
    into.add(0, d);
  };
  return record("rounding_penalty", {logits}, Tensor({1}, {static_cast<Real>(total)}), backward);
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
