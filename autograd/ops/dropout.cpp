#include "autograd/ops/dropout.h"

#include "core/kernels/elementwise.h"
#include "core/parallel.h"

namespace nibble {

Var dropout(const Var& x, Real rate, Rng& rng) {
  check(rate >= 0 && rate < 1, "dropout: found rate ", rate, ", expected 0 <= rate < 1");
  if (rate == 0) return x;
  const Rng base = rng.stream(rng.next());
  Tensor mask = Tensor::uninitialized(x.shape());
  const Real keep = 1 / (1 - rate);
  parallel_chunks(mask.size(), kElementGrain, [&](Range range) {
    Rng chunk = base.stream(static_cast<std::uint64_t>(range.begin));
    Real* const into = mask.data();
    for (long i = range.begin; i < range.end; ++i) {
      into[i] = static_cast<Real>(chunk.uniform()) < rate ? Real(0) : keep;
    }
  });
  return record("dropout", {x}, kernels::product(x.value(), mask), [mask](const Tensor& dy, Gradients& into) {
    into.add(0, [&] { return kernels::product(dy, mask); });
  });
}

}  // namespace nibble
