// Backward products of linear layers on codes. Codes are exact as bfloat16 operands; only the incoming
// gradient is rounded.
#include <map>
#include <mutex>

#include "core/kernels/onednn/bfloat16.h"
#include "core/kernels/onednn/engine.h"
#include "core/kernels/onednn/plan.h"
#include "core/kernels/pointwise/elementwise.h"

namespace nibble::kernels::onednn {
namespace {

// c[m, n] (float) = Σ_k a b of bfloat16 matrices. a: [m, k] or, transposed, stored as [k, lda].
struct Product {
  long m, n, k, lda;
  bool transposed;
  auto operator<=>(const Product&) const = default;
};

// Created once and kept until the program ends. Plain layouts are as fast as those that oneDNN prefers.
const Plan& plan(const Product& p) {
  static std::mutex mutex;
  static auto* const plans = new std::map<Product, Plan>;
  const std::lock_guard lock(mutex);
  auto found = plans->find(p);
  if (found == plans->end()) {
    const OneThread guard;  // oneDNN chooses its blocking by the number of threads
    using Dims = memory::dims;
    const memory::desc a({p.m, p.k}, Type::bf16, p.transposed ? Dims{1, p.lda} : Dims{p.lda, 1});
    const memory::desc b({p.k, p.n}, Type::bf16, Dims{p.n, 1}), c({p.m, p.n}, Type::f32, Dims{p.n, 1});
    const dnnl::matmul::primitive_desc pd(dnnl::matmul::desc(a, b, c), attributes(), cpu());
    found = plans
                ->emplace(p, Plan{dnnl::matmul(pd),
                                  a,
                                  b,
                                  c,
                                  pd.scratchpad_desc(),
                                  {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST}})
                .first;
  }
  return found->second;
}

void multiply(const Product& p, const std::uint16_t* a, const std::uint16_t* b, float* c) {
  const Plan& made = plan(p);
  execute(made, view(made.x, a), view(made.w, b), view(made.y, c));
}

using Bits = Array<std::uint16_t>;

template <typename Code>
Bits as_operand(const Array<Code>& codes) {
  Bits bits = Bits::uninitialized(codes.shape());
  parallel_chunks(codes.size(), kElementGrain, [&](Range range) {
    codes_as_operand<AsBfloat16>(codes.data() + range.begin, range.size(), 0, bits.data() + range.begin);
  });
  return bits;
}

}  // namespace

MatmulGradients matmul_codes_gradients(const PiecewiseTensor& dy, const Array<std::uint8_t>& x,
                                       const CodedWeight& w, bool want_dx) {
  const long m = x.shape()[0], k = x.shape()[1], n = w.codes.shape()[0];
  const Bits weight = want_dx ? as_operand(w.codes) : Bits(), codes = as_operand(x);
  Bits gradient = Bits::uninitialized({m, n});
  MatmulGradients d;
  if (want_dx) d.dx = Tensor::uninitialized({m, k});
  const std::vector<Range> pieces = cut(m, kBatchPieces);
  std::vector<Tensor> sums(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    const Range rows = pieces[static_cast<std::size_t>(p)];
    const Tensor piece = dy.rows(rows);
    sums[static_cast<std::size_t>(p)] = sum_rows(piece);
    std::uint16_t* const into = gradient.data() + rows.begin * n;
    scale_gradient<AsBfloat16>(piece.data(), w.scale.data(), rows.size(), n, into);
    if (want_dx) multiply({rows.size(), k, n, n, false}, into, weight.data(), d.dx.data() + rows.begin * k);
  });
  d.sums = sums.front();
  for (std::size_t p = 1; p < sums.size(); ++p) accumulate(d.sums, sums[p]);

  d.dw = Tensor::uninitialized({n, k});
  const std::vector<Range> outputs = cut(n, kBatchPieces);  // no partial sums are needed
  parallel_for(static_cast<long>(outputs.size()), [&](long p) {
    const Range some = outputs[static_cast<std::size_t>(p)];
    multiply({some.size(), k, m, n, true}, gradient.data() + some.begin, codes.data(),
             d.dw.data() + some.begin * k);
  });
  return d;
}

}  // namespace nibble::kernels::onednn
