#include "core/kernels/code_sums.h"

#include "core/parallel.h"

namespace nibble::kernels {

Tensor CodeSums::values() const {
  const long channels = sums.shape().back();
  Tensor y = Tensor::uninitialized(sums.shape());
  parallel_chunks(y.size() / channels, kElementGrain / channels + 1, [&](Range rows) {
    const Real *const g = gain.data(), *const o = offset.data();
    for (long m = rows.begin; m < rows.end; ++m) {
      const std::int16_t* const from = sums.data() + m * channels;
      Real* const into = y.data() + m * channels;
      for (long c = 0; c < channels; ++c) into[c] = static_cast<Real>(from[c]) * g[c] + o[c];
    }
  });
  return y;
}

PartialMoments partial_moments(const CodeSums& rows) {
  PartialMoments moments = partial_moments(rows.sums);
  for (long c = 0; c < rows.gain.size(); ++c) {
    const std::size_t at = static_cast<std::size_t>(c);
    const double gain = static_cast<double>(rows.gain[c]);
    moments.mean[at] = gain * moments.mean[at] + static_cast<double>(rows.offset[c]);
    moments.squares[at] *= gain * gain;
  }
  return moments;
}

}  // namespace nibble::kernels
