#include "quant/ops/fake_quantize.h"

#include <atomic>

#include "core/block_sum.h"
#include "core/parallel.h"
#include "quant/ops/grid_loops.h"

namespace nibble {
namespace {

GridSums backward_chunk(const Real* x, const Real* dy, Real* dx, long n, const AffineGrid at) {
  alignas(64) Real to_scale[kBlock] = {}, to_shift[kBlock] = {};
  for (long begin = 0; begin < n; begin += kBlock) {
    straight_through(x + begin, dy + begin, dx + begin, to_scale, to_shift, std::min(kBlock, n - begin), at);
  }
  return {sum_block(to_scale), sum_block(to_shift)};
}

// The elements of one scale are one row; rows are cut into chunks, and every (row, chunk) is a piece of work.
class Pieces {
 public:
  Pieces(long rows, long row)
      : row_(row), chunks_(cut(row, (row + kElementGrain - 1) / kElementGrain)), rows_(rows) {}

  long count() const { return rows_ * per_row(); }
  long per_row() const { return static_cast<long>(chunks_.size()); }
  long row_of(long piece) const { return piece / per_row(); }
  Range elements(long piece) const {
    const Range chunk = chunks_[static_cast<std::size_t>(piece % per_row())];
    return {row_of(piece) * row_ + chunk.begin, row_of(piece) * row_ + chunk.end};
  }
  // Calls body(piece) for all of them, short ones in groups.
  template <typename Body>
  void for_each(const Body& body) const {
    const long together = std::max(kElementGrain / std::max(row_, 1L), 1L);
    parallel_chunks(count(), together, [&](Range some) {
      for (long piece = some.begin; piece < some.end; ++piece) body(piece);
    });
  }

 private:
  long row_;
  std::vector<Range> chunks_;
  long rows_;
};

}  // namespace

Quantized fake_quantize(const Var& x, const LiveGrid& on) {
  const Var &scale = on.scale, &shift = on.shift;
  const Grid grid = on.grid;
  const long rows = scale.value().size();
  check(scale.shape() == Shape{rows} && (rows == 1 || (x.shape().rank() > 0 && rows == x.shape()[0])),
        "fake_quantize: found scales ", scale.shape(), " for an input ", x.shape(),
        ", expected [1] or one per step of its leading axis");
  const bool shifted = !shift.empty();
  check(!shifted || shift.shape() == Shape{1}, "fake_quantize: found a shift ",
        shifted ? shift.shape() : Shape{}, ", expected [1]");

  // Learned values may be overwritten in place between forward and backward: keep the ones used here.
  std::vector<AffineGrid> grids;
  for (const Real s : scale.value()) grids.push_back({grid, s, shifted ? shift.value()[0] : Real(0)});
  const Pieces pieces(rows, x.value().size() / rows);
  // Calls body(begin, end, grid) for every piece.
  const auto for_each = [pieces, grids](const auto& body) {
    pieces.for_each([&](long piece) {
      const auto [begin, end] = pieces.elements(piece);
      body(begin, end, grids[static_cast<std::size_t>(pieces.row_of(piece))]);
    });
  };

  const Tensor values = x.value();
  Array<std::uint8_t> codes;
  if (grid.levels() <= 256) {
    codes = Array<std::uint8_t>::uninitialized(x.shape());
    std::atomic<bool> numbers = true;
    for_each([&](long begin, long end, const AffineGrid& at) {
      if (!encode(values.data() + begin, codes.data() + begin, end - begin, at)) numbers = false;
    });
    if (!numbers) codes = {};
  }
  const auto decode = [for_each, codes] {
    Tensor y = Tensor::uninitialized(codes.shape());
    for_each([&](long begin, long end, const AffineGrid& at) {
      nibble::decode(codes.data() + begin, y.data() + begin, end - begin, at);
    });
    return y;
  };

  const auto backward = [=](const Tensor& dy, Gradients& into) {
    Tensor dx = Tensor::uninitialized(values.shape()), ds = Tensor::uninitialized({rows});
    std::vector<GridSums> sums(static_cast<std::size_t>(pieces.count()));
    pieces.for_each([&](long piece) {
      const auto [begin, end] = pieces.elements(piece);
      sums[static_cast<std::size_t>(piece)] =
          backward_chunk(values.data() + begin, dy.data() + begin, dx.data() + begin, end - begin,
                         grids[static_cast<std::size_t>(pieces.row_of(piece))]);
    });
    double shift_total = 0;
    for (long row = 0, piece = 0; row < rows; ++row) {  // in order, whoever computed them
      double scale_total = 0;
      for (long chunk = 0; chunk < pieces.per_row(); ++chunk, ++piece) {
        scale_total += sums[static_cast<std::size_t>(piece)].scale;
        shift_total += sums[static_cast<std::size_t>(piece)].shift;
      }
      ds[row] = static_cast<Real>(scale_total);
    }
    into.add(0, dx);
    into.add(1, ds);
    if (shifted) into.add(2, Tensor({1}, {static_cast<Real>(shift_total)}));
  };
  std::vector<Var> inputs{x, scale};
  if (shifted) inputs.push_back(shift);
  if (!codes.empty()) return {record_lazy("fake_quantize", inputs, x.shape(), decode, backward), on, codes};

  Tensor y = Tensor::uninitialized(x.shape());
  for_each([&](long begin, long end, const AffineGrid& at) {
    round_to_grid(values.data() + begin, y.data() + begin, end - begin, at);
  });
  return {record("fake_quantize", inputs, y, backward), on, {}};
}

void grid_slopes(const Real* x, long n, const AffineGrid& grid, bool shifted, Real* into) {
  by_scale(x, into, n, grid);
  if (shifted) by_shift(x, into + n, n, grid);
}

Var fake_quantize(const Var& x, const Var& scale, const Var& shift, Grid grid) {
  return fake_quantize(x, {grid, scale, shift}).value;
}

}  // namespace nibble
