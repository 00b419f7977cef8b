#include "core/kernels/matrix/matmul_codes.h"

#include "core/kernels/matrix/gemm.h"
#include "core/kernels/matrix/matmul.h"
#include "core/kernels/onednn/engine.h"
#include "core/kernels/pointwise/elementwise.h"
#include "core/parallel.h"

namespace nibble::kernels {

Tensor matmul_codes_forward(const CodedRows& x, const CodedWeight& w, const Tensor& bias) {
  if (!has_byte_products()) return plain::matmul_codes_forward(x, w, bias);
  const long m = x.codes.shape()[0], k = x.codes.shape()[1], n = w.codes.shape()[0];
  const Tensor gain = scaled(w.scale, x.scale);
  Tensor offset = scaled(weight_sums(w), x.shift);
  if (!bias.empty()) accumulate(offset, bias);
  Tensor y = Tensor::uninitialized({m, n});
  const std::vector<Range> pieces = cut(m, kBatchPieces);
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    const Range rows = pieces[static_cast<std::size_t>(p)];
    // The sums are written to the place of the results: an int32 is as long as a float.
    static_assert(sizeof(std::int32_t) == sizeof(float));
    auto sums = Array<std::int32_t>::uninitialized({rows.size(), n});
    gemm_codes_nt(rows.size(), n, k, x.codes.data() + rows.begin * k, k, w.codes.data(), k, sums.data(), n);
    const Real *const g = gain.data(), *const o = offset.data();
    for (long i = 0; i < rows.size(); ++i) {
      const std::int32_t* const from = sums.data() + i * n;
      Real* const into = y.data() + (rows.begin + i) * n;
      for (long j = 0; j < n; ++j) into[j] = g[j] * static_cast<Real>(from[j]) + o[j];
    }
  });
  return y;
}

MatmulGradients matmul_codes_gradients(const PiecewiseTensor& dy, const CodedRows& x, const CodedWeight& w,
                                       Precision precision, bool want_dx) {
  if constexpr (onednn::kAvailable) {
    if (precision == Precision::bfloat16) {
      MatmulGradients d = onednn::matmul_codes_gradients(dy, x.codes, w, want_dx);
      // dw[o] = s · Σ dy q + β · Σ dy. The product was computed with dy · s[o], because dx needs that
      // operand.
      const long row = d.dw.shape()[1];
      parallel_chunks(d.dw.shape()[0], kElementGrain / row + 1, [&](Range range) {
        for (long o = range.begin; o < range.end; ++o) {
          const Real factor = x.scale / w.scale[o], constant = x.shift * d.sums[o];
          Real* const into = d.dw.data() + o * row;
          for (long i = 0; i < row; ++i) into[i] = factor * into[i] + constant;
        }
      });
      return d;
    }
  }
  return plain::matmul_codes_gradients(dy, x, w, want_dx);
}

namespace plain {
namespace {

Tensor decoded(const CodedRows& x) {
  Tensor values = Tensor::uninitialized(x.codes.shape());
  for (long i = 0; i < values.size(); ++i)
    values[i] = x.scale * static_cast<Real>(x.codes.data()[i]) + x.shift;
  return values;
}

}  // namespace

Tensor matmul_codes_forward(const CodedRows& x, const CodedWeight& w, const Tensor& bias) {
  return kernels::matmul_nt(decoded(x), w.values(), bias);
}

MatmulGradients matmul_codes_gradients(const PiecewiseTensor& dy, const CodedRows& x, const CodedWeight& w,
                                       bool want_dx) {
  return matmul_gradients(dy, decoded(x), w.values(), want_dx);
}

}  // namespace plain

}  // namespace nibble::kernels
