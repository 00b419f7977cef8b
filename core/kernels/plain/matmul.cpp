#include "core/kernels/matmul.h"

#include <Eigen/Core>
#include <vector>

#include "core/parallel.h"

namespace nibble::kernels::plain {
namespace {

using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixView = Eigen::Map<Matrix>;
using ConstMatrixView = Eigen::Map<const Matrix>;

// Rows begin ≤ m < end of [..., K], its leading axes taken together.
ConstMatrixView rows(const Tensor& a, Range range) {
  const long width = a.shape().back();
  return {a.data() + range.begin * width, range.size(), width};
}

ConstMatrixView matrix(const Tensor& a) { return rows(a, {0, a.size() / a.shape().back()}); }

// y = a f(b) for pieces of the rows of a, the last axis of y having `width` elements.
template <typename Product>
Tensor by_rows(const Tensor& a, long width, const Product& product) {
  Shape shape = a.shape();
  shape[shape.rank() - 1] = width;
  Tensor y = Tensor::uninitialized(shape);
  const std::vector<Range> pieces = cut(a.size() / a.shape().back(), kBatchPieces);
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    const Range piece = pieces[static_cast<std::size_t>(p)];
    MatrixView(y.data() + piece.begin * width, piece.size(), width).noalias() = product(rows(a, piece));
  });
  return y;
}

}  // namespace

Tensor matmul_nt(const Tensor& a, const Tensor& b) {
  return by_rows(a, b.shape()[0],
                 [&](const ConstMatrixView& piece) { return piece * matrix(b).transpose(); });
}

Tensor matmul_nn(const Tensor& a, const Tensor& b) {
  return by_rows(a, b.shape()[1], [&](const ConstMatrixView& piece) { return piece * matrix(b); });
}

Tensor matmul_tn(const Tensor& a, const Tensor& b) {
  const long n = a.shape().back(), k = b.shape().back();
  const std::vector<Range> pieces = cut(a.size() / n, kBatchPieces);
  Tensor partial = Tensor::uninitialized({static_cast<long>(pieces.size()), n, k});
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    const Range piece = pieces[static_cast<std::size_t>(p)];
    MatrixView(partial.rows(p, p + 1).data(), n, k).noalias() = rows(a, piece).transpose() * rows(b, piece);
  });
  Tensor y({n, k});
  for (long p = 0; p < partial.shape()[0]; ++p) {
    MatrixView(y.data(), n, k) += MatrixView(partial.rows(p, p + 1).data(), n, k);
  }
  return y;
}

}  // namespace nibble::kernels::plain
