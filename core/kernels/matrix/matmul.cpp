#include "core/kernels/matrix/matmul.h"

#include <algorithm>

#include "core/kernels/matrix/gemm.h"
#include "core/kernels/pointwise/elementwise.h"

namespace nibble::kernels {
namespace {

using Gemm = void (*)(long m, long n, long k, const Real* a, long lda, const Real* b, long ldb, Real* c,
                      long ldc);

long rows_of(const Tensor& a) { return a.size() / a.shape().back(); }

Tensor with_last(Shape shape, long last) {
  shape[shape.rank() - 1] = last;
  return Tensor::uninitialized(shape);
}

// A product packs all of b once per piece of the rows of a. So if b is large, it is better to cut the rows of
// b, into few pieces.
constexpr long kColumns = 2048;

Tensor product_nt(Gemm gemm, const Tensor& a, const Tensor& b, const Tensor& c) {
  const long k = a.shape().back(), m = rows_of(a), n = b.shape()[0];
  Tensor y = with_last(a.shape(), n);
  const bool by_columns = n > m;
  const std::vector<Range> pieces =
      by_columns ? cut(n, std::clamp(n / kColumns, kBatchPieces / 2, kBatchPieces)) : cut(m, kBatchPieces);
  parallel_for(static_cast<long>(pieces.size()), [&](long i) {
    const Range piece = pieces[static_cast<std::size_t>(i)];
    const Range rows = by_columns ? Range{0, m} : piece, columns = by_columns ? piece : Range{0, n};
    Real* const block = y.data() + rows.begin * n + columns.begin;
    gemm(rows.size(), columns.size(), k, a.data() + rows.begin * k, k, b.data() + columns.begin * k, k, block,
         n);
    if (c.empty()) return;
    const Real* const row = c.data() + columns.begin;
    for (long r = 0; r < rows.size(); ++r) {
      Real* const into = block + r * n;
      for (long j = 0; j < columns.size(); ++j) into[j] += row[j];
    }
  });
  return y;
}

Tensor product_nn(Gemm gemm, const Tensor& a, const Tensor& b) {
  const long n = a.shape().back(), m = rows_of(a), k = b.shape()[1];
  Tensor y = with_last(a.shape(), k);
  const std::vector<Range> pieces = cut(m, kBatchPieces);
  parallel_for(static_cast<long>(pieces.size()), [&](long i) {
    const Range r = pieces[static_cast<std::size_t>(i)];
    gemm(r.size(), k, n, a.data() + r.begin * n, n, b.data(), k, y.data() + r.begin * k, k);
  });
  return y;
}

Tensor product_tn(Gemm gemm, const Tensor& a, const Tensor& b) {
  const long n = a.shape().back(), m = rows_of(a), k = b.shape().back();
  Tensor y = Tensor::uninitialized({n, k});
  const std::vector<Range> pieces =
      cut(n, kBatchPieces);  // of the output, so that no partial sums are needed
  parallel_for(static_cast<long>(pieces.size()), [&](long i) {
    const Range r = pieces[static_cast<std::size_t>(i)];
    gemm(r.size(), k, m, a.data() + r.begin, n, b.data(), k, y.data() + r.begin * k, k);
  });
  return y;
}

}  // namespace

Tensor matmul_nt(const Tensor& a, const Tensor& b, const Tensor& c) { return product_nt(gemm_nt, a, b, c); }
Tensor matmul_nn(const Tensor& a, const Tensor& b) { return product_nn(gemm_nn, a, b); }
Tensor matmul_tn(const Tensor& a, const Tensor& b) { return product_tn(gemm_tn, a, b); }

MatmulGradients matmul_gradients(const PiecewiseTensor& dy, const Tensor& x, const Tensor& w, bool want_dx) {
  const long n = w.shape()[0], k = w.shape()[1], m = rows_of(x);
  Tensor all = Tensor::uninitialized({m, n});
  MatmulGradients d;
  if (want_dx) d.dx = Tensor::uninitialized(x.shape());
  const std::vector<Range> pieces = cut(m, kBatchPieces);
  std::vector<Tensor> sums(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    const Range rows = pieces[static_cast<std::size_t>(p)];
    const Tensor piece = dy.rows(rows);
    std::copy(piece.begin(), piece.end(), all.data() + rows.begin * n);
    sums[static_cast<std::size_t>(p)] = sum_rows(piece);
    if (want_dx) gemm_nn(rows.size(), k, n, piece.data(), n, w.data(), k, d.dx.data() + rows.begin * k, k);
  });
  d.sums = sums.front();
  for (std::size_t p = 1; p < sums.size(); ++p) accumulate(d.sums, sums[p]);
  d.dw = matmul_tn(all, x);
  return d;
}

namespace plain {

Tensor matmul_nt(const Tensor& a, const Tensor& b, const Tensor& c) { return product_nt(gemm_nt, a, b, c); }
Tensor matmul_nn(const Tensor& a, const Tensor& b) { return product_nn(gemm_nn, a, b); }
Tensor matmul_tn(const Tensor& a, const Tensor& b) { return product_tn(gemm_tn, a, b); }

}  // namespace plain

}  // namespace nibble::kernels
