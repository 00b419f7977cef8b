#include "core/piecewise_tensor.h"

#include <cassert>

#include "core/bfloat16.h"
#include "core/scratch.h"
#include "core/simd/prefetch.h"

namespace nibble {

PiecewiseTensor::PiecewiseTensor(const Array<std::uint16_t>& bfloat16)
    : shape_(bfloat16.shape()), fill_([bfloat16](Range elements, Real* into) {
        const std::uint16_t* const from = bfloat16.data() + elements.begin;
        for (long i = 0; i < elements.size(); ++i) into[i] = bfloat16_value(from[i]);
        const long next = std::min(elements.size(), bfloat16.size() - elements.end);
        prefetch(from + elements.size(), next * static_cast<long>(sizeof *from));
      }) {}

const Real* PiecewiseTensor::block(Range elements, Real* spare) const {
  if (!whole_.empty()) return whole_.data() + elements.begin;
  fill_(elements, spare);
  return spare;
}

Tensor PiecewiseTensor::rows(Range leading) const {
  if (!whole_.empty()) return whole_.rows(leading.begin, leading.end);
  Shape shape = shape_;
  shape[0] = leading.size();
  Tensor piece = Tensor::uninitialized(shape);
  fill_({leading.begin * shape_.row(), leading.end * shape_.row()}, piece.data());
  return piece;
}

Tensor PiecewiseTensor::whole() const {
  if (!whole_.empty()) return whole_;
  Tensor result = Tensor::uninitialized(shape_);
  const long width = shape_.back();
  parallel_chunks(result.size() / width, kElementGrain / width + 1, [&](Range rows) {
    fill_({rows.begin * width, rows.end * width}, result.data() + rows.begin * width);
  });
  return result;
}

PiecewiseTensor PiecewiseTensor::reshaped(const Shape& shape) const {
  return whole_.empty() ? PiecewiseTensor(shape, fill_) : PiecewiseTensor(whole_.reshaped(shape));
}

PiecewiseTensor operator+(const PiecewiseTensor& a, const PiecewiseTensor& b) {
  assert(a.shape() == b.shape());
  return {a.shape(), [a, b](Range elements, Real* into) {
            constexpr long kBlock = 512;  // so that the second operand stays in the first-level cache
            const long width = a.shape().back(), rows = std::max(kBlock / width, 1L);
            Scratch<> spare(std::min(rows * width, elements.size()));
            Real* const more = spare.data();
            for (long begin = elements.begin; begin < elements.end;
                 begin += rows * width, into += rows * width) {
              const Range block{begin, std::min(begin + rows * width, elements.end)};
              const Real *const first = a.block(block, into), *const second = b.block(block, more);
              for (long i = 0; i < block.size(); ++i) into[i] = first[i] + second[i];
            }
          }};
}

}  // namespace nibble
