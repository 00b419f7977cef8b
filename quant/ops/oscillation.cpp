#include "quant/ops/oscillation.h"

#include <numeric>
#include <vector>

#include "quant/ops/weight_rows.h"

namespace nibble {

void add_damping(const Tensor& w, const LiveGrid& grid, double strength, Tensor& gradient) {
  const WeightRows rows("damping", w.shape(), grid);
  const Real factor = static_cast<Real>(2 * strength);
  rows.for_each([&](long row, long begin, long end) {
    const AffineGrid at = rows.grid(row);
    const Real* const values = w.data();
    Real* const into = gradient.data();
#pragma omp simd
    for (long i = begin; i < end; ++i) {
      const Real position = at.position(values[i]);
      const Real pull = factor * (values[i] - at.value(at.grid.code(position)));
      into[i] += at.grid.contains(position) ? pull : Real(0);
    }
  });
}

CodeHistory begin_history(const Tensor& w, const LiveGrid& grid) {
  const Shape& shape = w.shape();
  CodeHistory history{Tensor::uninitialized(shape), Tensor(shape), Tensor(shape), {}, Tensor(shape)};
  const WeightRows rows("oscillation", shape, grid);
  rows.for_each([&](long row, long begin, long end) {
    const AffineGrid at = rows.grid(row);
    for (long i = begin; i < end; ++i) history.code[i] = at.grid.code(at.position(w[i]));
  });
  history.mean = history.code.clone();
  return history;
}

namespace {

// One row of a weight and its history, element by element without branches, so that the loop is done in
// vectors.
struct HistoryRow {
  Real *w, *code, *direction, *frequency, *mean, *frozen;

  HistoryRow(Tensor& weight, CodeHistory& history, long begin)
      : w(weight.data() + begin),
        code(history.code.data() + begin),
        direction(history.direction.data() + begin),
        frequency(history.frequency.data() + begin),
        mean(history.mean.data() + begin),
        frozen(history.frozen.data() + begin) {}

  // How many codes of n change. A frequency is at most 1.
  long follow(long n, const AffineGrid& at, Real momentum, Real limit) const {
    int changed = 0;
#pragma omp simd reduction(+ : changed)
    for (long i = 0; i < n; ++i) {
      const Real before = code[i], was = frozen[i], last = direction[i];
      const Real now = at.grid.code(at.position(w[i]));
      const Real turn = (now > before ? Real(1) : Real(0)) - (now < before ? Real(1) : Real(0));
      const Real back = turn * last < 0 ? Real(1) : Real(0);
      const Real f = frequency[i] + momentum * (back - frequency[i]);
      const Real m = mean[i] + momentum * (now - mean[i]);
      const Real freezes = f > limit ? Real(1) : was;
      const Real free = freezes != 0 ? round_half_up(m) : now;
      const Real kept = was != 0 ? before : free;
      direction[i] = was != 0 || turn == 0 ? last : turn;
      frequency[i] = was != 0 ? frequency[i] : f;
      mean[i] = was != 0 ? mean[i] : m;
      frozen[i] = was != 0 ? was : freezes;
      code[i] = kept;
      w[i] = frozen[i] != 0 ? at.value(kept) : w[i];
      changed += kept != before ? 1 : 0;
    }
    return changed;
  }
};

}  // namespace

long follow_codes(Tensor& w, const LiveGrid& grid, CodeHistory& history, const FollowOptions& options) {
  const WeightRows rows("oscillation", w.shape(), grid);
  const Real momentum = static_cast<Real>(options.momentum);
  const Real limit = options.threshold > 0 ? static_cast<Real>(options.threshold) : Real(1);
  std::vector<long> changed(static_cast<std::size_t>(rows.count));
  rows.for_each([&](long row, long begin, long end) {
    changed[static_cast<std::size_t>(row)] =
        HistoryRow(w, history, begin).follow(end - begin, rows.grid(row), momentum, limit);
  });
  return std::accumulate(changed.begin(), changed.end(), 0L);
}

}  // namespace nibble
