#include "autograd/ops/embedding.h"

#include <algorithm>

#include "core/parallel.h"

namespace nibble {

Var gather_rows(const Var& table, const Array<int>& rows) {
  const Shape shape = table.shape();
  const long row = shape.row(), n = rows.size();
  for (long i = 0; i < n; ++i) {
    check(rows[i] >= 0 && rows[i] < shape[0], "gather_rows: found row ", rows[i], " at place ", i,
          ", expected 0 to ", shape[0] - 1);
  }
  Shape gathered = shape;
  gathered[0] = n;
  Tensor y = Tensor::uninitialized(gathered);
  const Real* const from = table.value().data();
  for (long i = 0; i < n; ++i) std::copy_n(from + rows[i] * row, row, y.data() + i * row);
  return record("gather_rows", {table}, y, [rows, shape, row](const Tensor& dy, Gradients& into) {
    into.add(0, [&] {
      Tensor d = Tensor::uninitialized(shape);
      parallel_chunks(d.size(), kElementGrain,
                      [&](Range range) { std::fill(d.data() + range.begin, d.data() + range.end, Real(0)); });
      for (long i = 0; i < rows.size();
           ++i) {  // in order, so that sums do not depend on the number of threads
        Real* const target = d.data() + rows[i] * row;
        const Real* const source = dy.data() + i * row;
        for (long k = 0; k < row; ++k) target[k] += source[k];
      }
      return d;
    });
  });
}

}  // namespace nibble
