#include "quant/fake_quantize.h"

#include "core/parallel.h"
#include "quant/block_sum.h"

namespace nibble {
namespace {

// The two loops below run at the speed of memory because they are plain: no branch, no call, no sum carried
// from one element to the next. Change them with `-fopt-info-vec` and a stopwatch.

void forward_chunk(const Real* x, Real* y, long n, const AffineGrid at) {
  for (long i = 0; i < n; ++i) y[i] = at.value(at.grid.code(at.position(x[i])));
}

// ds and dβ of some elements
struct Sums {
  double scale = 0, shift = 0;
};

Sums backward_chunk(const Real* x, const Real* dy, Real* dx, long n, const AffineGrid at) {
  alignas(64) Real to_scale[kBlock], to_shift[kBlock];
  Sums sums;
  for (long begin = 0; begin < n; begin += kBlock) {
    const long count = std::min(kBlock, n - begin);
    for (long i = 0; i < count; ++i) {
      const Real t = at.position(x[begin + i]), d = dy[begin + i];
      const Real clamped = at.grid.clamp(t);
      const Real passed = clamped == t ? d : 0;  // inside the grid
      dx[begin + i] = passed;
      to_scale[i] = d * round_half_up(clamped) - passed * clamped;
      to_shift[i] = d - passed;
    }
    std::fill(to_scale + count, to_scale + kBlock, Real(0));
    std::fill(to_shift + count, to_shift + kBlock, Real(0));
    sums.scale += sum_block(to_scale);
    sums.shift += sum_block(to_shift);
  }
  return sums;
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

Var fake_quantize(const Var& x, const Var& scale, const Var& shift, Grid grid) {
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
  const auto grid_of = [](const std::vector<AffineGrid>& all, long row) {
    return all[static_cast<std::size_t>(row)];
  };
  const Pieces pieces(rows, x.value().size() / rows);

  Tensor y = Tensor::uninitialized(x.shape());
  pieces.for_each([&](long piece) {
    const auto [begin, end] = pieces.elements(piece);
    forward_chunk(x.value().data() + begin, y.data() + begin, end - begin,
                  grid_of(grids, pieces.row_of(piece)));
  });

  std::vector<Var> inputs{x, scale};
  if (shifted) inputs.push_back(shift);
  return record("fake_quantize", inputs, y, [=, x = x.value()](const Tensor& dy, Gradients& into) {
    Tensor dx = Tensor::uninitialized(x.shape()), ds = Tensor::uninitialized({rows});
    std::vector<Sums> sums(static_cast<std::size_t>(pieces.count()));
    pieces.for_each([&](long piece) {
      const auto [begin, end] = pieces.elements(piece);
      sums[static_cast<std::size_t>(piece)] =
          backward_chunk(x.data() + begin, dy.data() + begin, dx.data() + begin, end - begin,
                         grid_of(grids, pieces.row_of(piece)));
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
  });
}

}  // namespace nibble
