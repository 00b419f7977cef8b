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
    for (long i = begin; i < end; ++i) {
      const Real position = at.position(w[i]);
      if (at.grid.contains(position)) gradient[i] += factor * (w[i] - at.value(at.grid.code(position)));
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

long follow_codes(Tensor& w, const LiveGrid& grid, CodeHistory& history, const FollowOptions& options) {
  const WeightRows rows("oscillation", w.shape(), grid);
  const Real momentum = static_cast<Real>(options.momentum), threshold = static_cast<Real>(options.threshold);
  std::vector<long> changed(static_cast<std::size_t>(rows.count));
  rows.for_each([&](long row, long begin, long end) {
    const AffineGrid at = rows.grid(row);
    for (long i = begin; i < end; ++i) {
      const Real before = history.code[i];
      if (history.frozen[i] == 0) {
        const Real code = at.grid.code(at.position(w[i]));
        const Real turn = code > before ? Real(1) : code < before ? Real(-1) : Real(0);
        const Real oscillated = turn * history.direction[i] < 0 ? Real(1) : Real(0);
        if (turn != 0) history.direction[i] = turn;
        history.frequency[i] += momentum * (oscillated - history.frequency[i]);
        history.mean[i] += momentum * (code - history.mean[i]);
        history.code[i] = code;
        if (threshold > 0 && history.frequency[i] > threshold) {
          history.frozen[i] = 1;
          history.code[i] = round_half_up(history.mean[i]);
        }
      }
      if (history.frozen[i] != 0) w[i] = at.value(history.code[i]);
      if (history.code[i] != before) ++changed[static_cast<std::size_t>(row)];
    }
  });
  return std::accumulate(changed.begin(), changed.end(), 0L);
}

}  // namespace nibble
