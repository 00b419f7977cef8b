#include "quant/fake_quantize.h"

#include "core/parallel.h"

namespace nibble {
namespace {

constexpr long kBlock = 512;  // elements whose sums stay in Real

struct Line {
  Real scale, inverse, shift;
};

}  // namespace

Var fake_quantize(const Var& x, const Var& scale, const Var& shift, Grid grid) {
  const long rows = scale.value().size(), row = x.value().size() / rows;
  check(rows == 1 || rows == x.shape()[0], "fake_quantize: ", rows, " scales for an input of shape ",
        x.shape());
  Tensor y = Tensor::uninitialized(x.shape());
  const Real lo = static_cast<Real>(grid.lo), hi = static_cast<Real>(grid.hi);
  const Tensor s = scale.value(), b = shift.empty() ? Tensor({1}) : shift.value();
  parallel_chunks(rows, kElementGrain / row + 1, [&](Range some) {
    for (long r = some.begin; r < some.end; ++r) {
      const Line line{s[r], 1 / s[r], b[0]};
      parallel_chunks(row, kElementGrain, [&](Range range) {
        const Real* const px = x.value().data() + r * row;
        Real* const py = y.data() + r * row;
        for (long i = range.begin; i < range.end; ++i) {
          const Real t = (px[i] - line.shift) * line.inverse;
          py[i] = line.scale * std::floor(std::min(std::max(t, lo), hi) + Real(0.5)) + line.shift;
        }
      });
    }
  });
  std::vector<Var> inputs{x, scale};
  if (!shift.empty()) inputs.push_back(shift);
  return record("fake_quantize", inputs, y,
                [=, x = x.value(), shifted = !shift.empty()](const Tensor& dy, Gradients& into) {
                  Tensor dx = Tensor::uninitialized(x.shape()), ds(s.shape()), db({1});
                  const long chunks = (row + kElementGrain - 1) / kElementGrain;
                  const std::vector<Range> ranges = cut(row, chunks);
                  std::vector<double> ds_part(static_cast<std::size_t>(rows * chunks)),
                      db_part(ds_part.size());
                  parallel_for(rows * chunks, [&](long job) {
                    const long r = job / chunks;
                    const Range range = ranges[static_cast<std::size_t>(job % chunks)];
                    const Real inverse = 1 / s[r], beta = b[0];
                    const Real *const px = x.data() + r * row, *const pd = dy.data() + r * row;
                    Real* const out = dx.data() + r * row;
                    double ds_sum = 0, db_sum = 0;
                    for (long begin = range.begin; begin < range.end; begin += kBlock) {
                      const long end = std::min(begin + kBlock, range.end);
                      Real a[16] = {}, c[16] = {};
                      long i = begin;
                      for (; i + 16 <= end; i += 16) {
                        for (long j = 0; j < 16; ++j) {
                          const Real t = (px[i + j] - beta) * inverse;
                          const Real clamped = std::min(std::max(t, lo), hi);
                          const Real q = std::floor(clamped + Real(0.5));
                          const Real inside = clamped == t ? pd[i + j] : Real(0);
                          out[i + j] = inside;
                          a[j] += pd[i + j] * q - inside * t;
                          c[j] += pd[i + j] - inside;
                        }
                      }
                      for (; i < end; ++i) {
                        const Real t = (px[i] - beta) * inverse;
                        const Real clamped = std::min(std::max(t, lo), hi);
                        const Real q = std::floor(clamped + Real(0.5));
                        const Real inside = clamped == t ? pd[i] : Real(0);
                        out[i] = inside;
                        a[0] += pd[i] * q - inside * t;
                        c[0] += pd[i] - inside;
                      }
                      for (long j = 0; j < 16; ++j)
                        ds_sum += static_cast<double>(a[j]), db_sum += static_cast<double>(c[j]);
                    }
                    ds_part[static_cast<std::size_t>(job)] = ds_sum;
                    db_part[static_cast<std::size_t>(job)] = db_sum;
                  });
                  double db_total = 0;
                  for (long r = 0; r < rows; ++r) {
                    double total = 0;
                    for (long k = 0; k < chunks; ++k) {
                      total += ds_part[static_cast<std::size_t>(r * chunks + k)];
                      db_total += db_part[static_cast<std::size_t>(r * chunks + k)];
                    }
                    ds[r] = static_cast<Real>(total);
                  }
                  db[0] = static_cast<Real>(db_total);
                  into.add(0, dx), into.add(1, ds);
                  if (shifted) into.add(2, db);
                });
}

}  // namespace nibble
