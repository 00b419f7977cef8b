#include "quant/methods/pact.h"

#include <cmath>

#include "autograd/ops/elementwise.h"
#include "core/block_sum.h"
#include "core/parallel.h"
#include "quant/methods/initialize.h"
#include "quant/ops/fake_quantize.h"

namespace nibble {
namespace {

// Fills dx and yields dα of n elements.
double backward_chunk(const Real* x, const Real* dy, Real* dx, long n, Real alpha) {
  alignas(64) Real clipped[kBlock];
  double sum = 0;
  for (long begin = 0; begin < n; begin += kBlock) {
    const long count = std::min(kBlock, n - begin);
    for (long i = 0; i < count; ++i) {
      const Real v = x[begin + i], d = dy[begin + i];
      dx[begin + i] = v > 0 && v < alpha ? d : 0;
      clipped[i] = v >= alpha ? d : 0;
    }
    std::fill(clipped + count, clipped + kBlock, Real(0));
    sum += sum_block(clipped);
  }
  return sum;
}

// The forward pass is fake_quantize without a shift, the backward pass is the published one.
Quantized clip_and_round(const Var& x, const Var& clip, const AffineGrid& at, const LiveGrid& grid) {
  const Quantized fixed = fake_quantize(Var(x.value()), {at.grid, Var(Tensor({1}, {at.scale})), {}});
  const Var y = record_lazy(
      "pact", {x, clip}, x.shape(), [value = fixed.value] { return value.value(); },
      [x = x.value(), alpha = clip.value()[0]](const Tensor& dy, Gradients& into) {
        Tensor dx = Tensor::uninitialized(x.shape());
        const std::vector<Range> chunks = cut(x.size(), (x.size() + kElementGrain - 1) / kElementGrain);
        std::vector<double> sums(chunks.size());
        parallel_for(static_cast<long>(chunks.size()), [&](long i) {
          const auto [begin, end] = chunks[static_cast<std::size_t>(i)];
          sums[static_cast<std::size_t>(i)] =
              backward_chunk(x.data() + begin, dy.data() + begin, dx.data() + begin, end - begin, alpha);
        });
        double total = 0;
        for (const double sum : sums) total += sum;
        into.add(0, dx);
        into.add(1, Tensor({1}, {static_cast<Real>(total)}));
      });
  return {y, grid, fixed.codes};
}

}  // namespace

Pact::Pact(const QuantizerOptions& options)
    : options_(options),
      grid_(Grid::unsigned_bits(options.bits)),
      clip_("clip", 1),
      initialized_(Tensor({1})) {}

void Pact::initialize(const Tensor& sample) {
  const ScaleShift first = initial_grid(sample.data(), sample.size(), grid_, false, options_);
  clip_.set(Tensor({1}, {static_cast<Real>(first.scale * grid_.hi)}));
  initialized_.mutable_value()[0] = 1;
}

bool Pact::initialized() const { return initialized_.value()[0] != 0; }

Quantized Pact::operator()(const Var& x) const {
  check(initialized(),
        "quantizer: found no clip level, expected one from data or a checkpoint before its use");
  const Var clip = clip_(1);
  const LiveGrid grid{grid_, scaled(clip, 1 / static_cast<Real>(grid_.hi)), {}};
  return clip_and_round(x, clip, affine(), grid);
}

AffineGrid Pact::affine() const { return {grid_, clip_.value(0) * (1 / static_cast<Real>(grid_.hi)), 0}; }

IntegerWeight Pact::integer_weight(const Tensor&) const {
  fail("quantizer: found a weight, expected activations; PACT's weights are DoReFa's");
}

void Pact::parameters(const ParameterFn& visit) {
  clip_.parameters(visit);
  visit("initialized", ParameterKind::statistic, initialized_);
}

}  // namespace nibble
