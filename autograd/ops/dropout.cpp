#include "autograd/ops/dropout.h"

#include <algorithm>
#include <array>

#include "core/parallel.h"

namespace nibble {

DropoutMask dropout_mask(const Shape& shape, Real rate, Rng& rng, long period) {
  check(rate >= 0 && rate < 1, "dropout: found rate ", rate, ", expected 0 <= rate < 1");
  DropoutMask mask{Array<std::uint8_t>::uninitialized(shape), 1 / (1 - rate)};
  const Rng base = rng.stream(rng.next());
  const long drawn = period > 0 ? std::min(period * shape.row(), shape.count()) : shape.count();
  std::uint8_t* const kept = mask.kept.data();
  parallel_chunks(drawn, kElementGrain, [&](Range range) {
    Rng chunk = base.stream(static_cast<std::uint64_t>(range.begin));
    std::array<float, 1024> numbers;
    for (long i = range.begin; i < range.end; i += long{numbers.size()}) {
      const long count = std::min<long>(numbers.size(), range.end - i);
      chunk.uniforms(numbers.data(), count);
      for (long k = 0; k < count; ++k)
        kept[i + k] = static_cast<Real>(numbers[static_cast<std::size_t>(k)]) >= rate;
    }
  });
  for (long i = drawn; i < shape.count(); ++i) kept[i] = kept[i - drawn];
  return mask;
}

Var dropout(const Var& x, const DropoutMask& mask, Real towards) {
  check(mask.kept.shape() == x.shape(), "dropout: found a mask ", mask.kept.shape(), " for an input ",
        x.shape(), ", expected equal shapes");
  const auto each = [mask](const Tensor& from, Real origin) {
    Tensor into = Tensor::uninitialized(from.shape());
    parallel_chunks(from.size(), kElementGrain, [&](Range range) {
      const std::uint8_t* const kept = mask.kept.data();
      const Real* const v = from.data();
      Real* const y = into.data();
      for (long i = range.begin; i < range.end; ++i)
        y[i] = origin + static_cast<Real>(kept[i]) * mask.factor * (v[i] - origin);
    });
    return into;
  };
  return record_lazy(
      "dropout", {x}, x.shape(), [x, each, towards] { return each(x.value(), towards); },
      [each](const Tensor& dy, Gradients& into) { into.add(0, [&] { return each(dy, 0); }); });
}

Var dropout(const Var& x, Real rate, Rng& rng) {
  return rate == 0 ? x : dropout(x, dropout_mask(x.shape(), rate, rng));
}

}  // namespace nibble
