#include "quant/ops/fake_quantize.h"

#include <atomic>
#include <functional>

#include "core/block_sum.h"
#include "core/parallel.h"
#include "quant/ops/grid_loops.h"

namespace nibble {
namespace {

// Which of some values are quantized, by 1 and 0; null: all.
using Chosen = const std::uint8_t*;

// dx = dy where nothing was quantized. A block's gradients of the others are taken apart, in the first-level
// cache.
void some_straight_through(const Real* x, const Real* dy, Chosen chosen, Real* dx, Real* to_scale,
                           Real* to_shift, long n, const AffineGrid& at) {
  alignas(64) Real of_chosen[kBlock];
  for (long i = 0; i < n; ++i) of_chosen[i] = chosen[i] != 0 ? dy[i] : Real(0);
  straight_through(x, of_chosen, dx, to_scale, to_shift, n, at);
  for (long i = 0; i < n; ++i) dx[i] = chosen[i] != 0 ? dx[i] : dy[i];
}

GridSums backward_chunk(const Real* x, const Real* dy, Chosen chosen, Real* dx, long n, const AffineGrid at) {
  alignas(64) Real to_scale[kBlock] = {}, to_shift[kBlock] = {};
  for (long begin = 0; begin < n; begin += kBlock) {
    const long count = std::min(kBlock, n - begin);
    if (chosen) {
      some_straight_through(x + begin, dy + begin, chosen + begin, dx + begin, to_scale, to_shift, count, at);
    } else {
      straight_through(x + begin, dy + begin, dx + begin, to_scale, to_shift, count, at);
    }
  }
  return {sum_block(to_scale), sum_block(to_shift)};
}

// The grids of a tensor, one for each of its rows or one for all of it. Rows are cut into chunks, and every
// (row, chunk) is a piece of work.
class RowGrids {
 public:
  RowGrids(std::vector<AffineGrid> grids, long elements)
      : grids_(std::move(grids)),
        row_(elements / static_cast<long>(grids_.size())),
        chunks_(cut(row_, (row_ + kElementGrain - 1) / kElementGrain)) {}

  // Empty if a value is not a number.
  Array<std::uint8_t> encoded(const Tensor& x) const;
  Tensor decoded(const Array<std::uint8_t>& codes) const;
  Tensor rounded(const Tensor& x) const;
  Tensor partly_rounded(const Tensor& x, Chosen chosen) const;

  struct Derivatives {
    Tensor dx, dscale;  // dscale: of each grid
    Real dshift;        // of all grids together
  };
  Derivatives backward(const Tensor& x, const Tensor& dy, Chosen chosen) const;

 private:
  long per_row() const { return static_cast<long>(chunks_.size()); }
  long count() const { return static_cast<long>(grids_.size()) * per_row(); }

  // Calls body(piece, elements, grid) for all pieces, short ones in groups.
  template <typename Body>
  void for_each(const Body& body) const {
    const long together = std::max(kElementGrain / std::max(row_, 1L), 1L);
    parallel_chunks(count(), together, [&](Range some) {
      for (long piece = some.begin; piece < some.end; ++piece) {
        const long row = piece / per_row(), first = row * row_;
        const Range chunk = chunks_[static_cast<std::size_t>(piece % per_row())];
        body(piece, Range{first + chunk.begin, first + chunk.end}, grids_[static_cast<std::size_t>(row)]);
      }
    });
  }

  std::vector<AffineGrid> grids_;
  long row_;  // elements of a row
  std::vector<Range> chunks_;
};

Array<std::uint8_t> RowGrids::encoded(const Tensor& x) const {
  auto codes = Array<std::uint8_t>::uninitialized(x.shape());
  std::atomic<bool> numbers = true;
  for_each([&](long, Range at, const AffineGrid& grid) {
    if (!encode(x.data() + at.begin, codes.data() + at.begin, at.size(), grid)) numbers = false;
  });
  return numbers ? codes : Array<std::uint8_t>();
}

Tensor RowGrids::decoded(const Array<std::uint8_t>& codes) const {
  Tensor y = Tensor::uninitialized(codes.shape());
  for_each([&](long, Range at, const AffineGrid& grid) {
    decode(codes.data() + at.begin, y.data() + at.begin, at.size(), grid);
  });
  return y;
}

Tensor RowGrids::rounded(const Tensor& x) const {
  Tensor y = Tensor::uninitialized(x.shape());
  for_each([&](long, Range at, const AffineGrid& grid) {
    round_to_grid(x.data() + at.begin, y.data() + at.begin, at.size(), grid);
  });
  return y;
}

Tensor RowGrids::partly_rounded(const Tensor& x, Chosen chosen) const {
  Tensor y = Tensor::uninitialized(x.shape());
  for_each([&](long, Range at, const AffineGrid& grid) {
    round_some_to_grid(x.data() + at.begin, chosen + at.begin, y.data() + at.begin, at.size(), grid);
  });
  return y;
}

RowGrids::Derivatives RowGrids::backward(const Tensor& x, const Tensor& dy, Chosen chosen) const {
  const long rows = static_cast<long>(grids_.size());
  Derivatives d{Tensor::uninitialized(x.shape()), Tensor::uninitialized({rows}), 0};
  std::vector<GridSums> sums(static_cast<std::size_t>(count()));
  for_each([&](long piece, Range at, const AffineGrid& grid) {
    sums[static_cast<std::size_t>(piece)] =
        backward_chunk(x.data() + at.begin, dy.data() + at.begin, chosen ? chosen + at.begin : nullptr,
                       d.dx.data() + at.begin, at.size(), grid);
  });
  double shift_total = 0;
  for (long row = 0, piece = 0; row < rows; ++row) {  // in order, whoever computed them
    double scale_total = 0;
    for (long chunk = 0; chunk < per_row(); ++chunk, ++piece) {
      scale_total += sums[static_cast<std::size_t>(piece)].scale;
      shift_total += sums[static_cast<std::size_t>(piece)].shift;
    }
    d.dscale[row] = static_cast<Real>(scale_total);
  }
  d.dshift = static_cast<Real>(shift_total);
  return d;
}

// A fake quantization that is about to be recorded on the tape.
struct OnTape {
  RowGrids grids;
  std::vector<Var> inputs;
  std::function<void(const Tensor& dy, Gradients& into)> backward;
};

OnTape on_tape(const Var& x, const LiveGrid& on, const Array<std::uint8_t>& chosen) {
  const Var &scale = on.scale, &shift = on.shift;
  const long rows = scale.value().size();
  check(scale.shape() == Shape{rows} && (rows == 1 || (x.shape().rank() > 0 && rows == x.shape()[0])),
        "fake_quantize: found scales ", scale.shape(), " for an input ", x.shape(),
        ", expected [1] or one per step of its leading axis");
  const bool shifted = !shift.empty();
  check(!shifted || shift.shape() == Shape{1}, "fake_quantize: found a shift ",
        shifted ? shift.shape() : Shape{}, ", expected [1]");

  // Learned values may be overwritten in place between forward and backward: keep the ones used here.
  std::vector<AffineGrid> of_rows;
  for (const Real s : scale.value()) of_rows.push_back({on.grid, s, shifted ? shift.value()[0] : Real(0)});
  const RowGrids grids(std::move(of_rows), x.value().size());

  std::vector<Var> inputs{x, scale};
  if (shifted) inputs.push_back(shift);
  const auto backward = [grids, shifted, values = x.value(), chosen](const Tensor& dy, Gradients& into) {
    const RowGrids::Derivatives d = grids.backward(values, dy, chosen.empty() ? nullptr : chosen.data());
    into.add(0, d.dx);
    into.add(1, d.dscale);
    if (shifted) into.add(2, Tensor({1}, {d.dshift}));
  };
  return {grids, std::move(inputs), backward};
}

}  // namespace

Quantized fake_quantize(const Var& x, const LiveGrid& on) {
  const auto [grids, inputs, backward] = on_tape(x, on, {});
  const auto codes = on.grid.levels() <= 256 ? grids.encoded(x.value()) : Array<std::uint8_t>();
  if (codes.empty()) return {record("fake_quantize", inputs, grids.rounded(x.value()), backward), on, {}};
  const auto decode = [grids = grids, codes] { return grids.decoded(codes); };
  return {record_lazy("fake_quantize", inputs, x.shape(), decode, backward), on, codes};
}

Var fake_quantize_some(const Var& x, const LiveGrid& on, const Array<std::uint8_t>& chosen) {
  check(chosen.shape() == x.shape(), "fake_quantize: found a choice ", chosen.shape(), " for an input ",
        x.shape(), ", expected equal shapes");
  const auto [grids, inputs, backward] = on_tape(x, on, chosen);
  return record("fake_quantize", inputs, grids.partly_rounded(x.value(), chosen.data()), backward);
}

void grid_slopes(const Real* x, long n, const AffineGrid& grid, bool shifted, Real* into) {
  by_scale(x, into, n, grid);
  if (shifted) by_shift(x, into + n, n, grid);
}

Var fake_quantize(const Var& x, const Var& scale, const Var& shift, Grid grid) {
  return fake_quantize(x, {grid, scale, shift}).value;
}

}  // namespace nibble
