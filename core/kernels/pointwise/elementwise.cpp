#include "core/kernels/pointwise/elementwise.h"

#include "core/parallel.h"

namespace nibble::kernels {

Tensor sum(const Tensor& a, const Tensor& b) {
  Tensor y = Tensor::uninitialized(a.shape());
  parallel_chunks(y.size(), kElementGrain, [&](Range r) {
    const Real *pa = a.data(), *pb = b.data();
    Real* py = y.data();
    for (long i = r.begin; i < r.end; ++i) py[i] = pa[i] + pb[i];
  });
  return y;
}

void accumulate(Tensor& a, const Tensor& b) {
  parallel_chunks(a.size(), kElementGrain, [&](Range r) {
    Real* pa = a.data();
    const Real* pb = b.data();
    for (long i = r.begin; i < r.end; ++i) pa[i] += pb[i];
  });
}

Tensor product(const Tensor& a, const Tensor& b) {
  Tensor y = Tensor::uninitialized(a.shape());
  parallel_chunks(y.size(), kElementGrain, [&](Range r) {
    const Real *pa = a.data(), *pb = b.data();
    Real* py = y.data();
    for (long i = r.begin; i < r.end; ++i) py[i] = pa[i] * pb[i];
  });
  return y;
}

Tensor scaled(const Tensor& a, Real factor) {
  Tensor y = Tensor::uninitialized(a.shape());
  parallel_chunks(y.size(), kElementGrain, [&](Range r) {
    const Real* pa = a.data();
    Real* py = y.data();
    for (long i = r.begin; i < r.end; ++i) py[i] = pa[i] * factor;
  });
  return y;
}

void add_row(Tensor& y, const Tensor& row) {
  const long channels = row.size();
  parallel_chunks(y.size() / channels, kElementGrain / channels + 1, [&](Range r) {
    const Real* pr = row.data();
    for (long m = r.begin; m < r.end; ++m) {
      Real* py = y.data() + m * channels;
      for (long c = 0; c < channels; ++c) py[c] += pr[c];
    }
  });
}

Tensor sum_rows(const Tensor& y) {
  const long channels = y.shape().back(), rows = y.size() / channels;
  const std::vector<Range> pieces = cut(rows, kBatchPieces);
  std::vector<std::vector<double>> partial(pieces.size(),
                                           std::vector<double>(static_cast<std::size_t>(channels)));
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    std::vector<double>& into = partial[static_cast<std::size_t>(p)];
    for (long m = pieces[static_cast<std::size_t>(p)].begin; m < pieces[static_cast<std::size_t>(p)].end;
         ++m) {
      const Real* py = y.data() + m * channels;
      for (long c = 0; c < channels; ++c) into[static_cast<std::size_t>(c)] += static_cast<double>(py[c]);
    }
  });
  Tensor result({channels});
  for (long c = 0; c < channels; ++c) {
    double total = 0;
    for (const auto& part : partial) total += part[static_cast<std::size_t>(c)];
    result[c] = static_cast<Real>(total);
  }
  return result;
}

}  // namespace nibble::kernels
