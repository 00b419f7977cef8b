#include "quant/pact.h"

#include <algorithm>
#include <cmath>

#include "core/parallel.h"

namespace nibble {
namespace {

// α = exp(θ) with dθ = dα / α; see the class.
Var positive_clip(const Var& log_clip) {
  const Tensor clip({1}, {std::exp(log_clip.value()[0])});
  return record("positive_clip", {log_clip}, clip, [clip](const Tensor& d, Gradients& into) {
    into.add(0, [&] { return Tensor({1}, {d[0] / clip[0]}); });
  });
}

// s = α / hi, for the border's value
Var step_of(const Var& clip, int hi) {
  const Real inverse = 1 / static_cast<Real>(hi);
  return record("pact_scale", {clip}, Tensor({1}, {clip.value()[0] * inverse}),
                [inverse](const Tensor& d, Gradients& into) {
                  into.add(0, [&] { return Tensor({1}, {d[0] * inverse}); });
                });
}

Var clip_and_round(const Var& x, const Var& clip, const AffineGrid& grid) {
  Tensor y = Tensor::uninitialized(x.shape());
  const Real inverse = 1 / grid.scale, hi = static_cast<Real>(grid.grid.hi);
  parallel_chunks(y.size(), kElementGrain, [&](Range range) {
    const Real* const px = x.value().data();
    Real* const py = y.data();
    for (long i = range.begin; i < range.end; ++i) {
      py[i] = grid.scale * std::floor(std::min(std::max(px[i] * inverse, Real(0)), hi) + Real(0.5));
    }
  });
  return record("pact", {x, clip}, y,
                [x = x.value(), alpha = clip.value()[0]](const Tensor& dy, Gradients& into) {
                  into.add(0, [&] {
                    Tensor dx = Tensor::uninitialized(x.shape());
                    parallel_chunks(dx.size(), kElementGrain, [&](Range range) {
                      for (long i = range.begin; i < range.end; ++i) {
                        dx.data()[i] = x.data()[i] > 0 && x.data()[i] < alpha ? dy.data()[i] : Real(0);
                      }
                    });
                    return dx;
                  });
                  into.add(1, [&] {
                    const std::vector<Range> pieces = cut(x.size(), x.size() / kElementGrain + 1);
                    std::vector<double> partial(pieces.size());
                    parallel_for(static_cast<long>(pieces.size()), [&](long p) {
                      double sum = 0;
                      const Range range = pieces[static_cast<std::size_t>(p)];
                      for (long i = range.begin; i < range.end; ++i) {
                        if (x.data()[i] >= alpha) sum += static_cast<double>(dy.data()[i]);
                      }
                      partial[static_cast<std::size_t>(p)] = sum;
                    });
                    double total = 0;
                    for (const double sum : partial) total += sum;
                    return Tensor({1}, {static_cast<Real>(total)});
                  });
                });
}

}  // namespace

Pact::Pact(const QuantizerOptions& options)
    : options_(options),
      grid_(Grid::unsigned_bits(options.bits)),
      log_clip_(Tensor({1}), true),
      initialized_(Tensor({1})) {}

void Pact::initialize(const Tensor& sample) {
  const Real highest = *std::max_element(sample.begin(), sample.end());
  check(std::isfinite(highest), "quantizer: the sample that PACT is initialized from reaches ", highest);
  log_clip_.mutable_value()[0] = std::log(highest > 0 ? highest : Real(1));
  initialized_.mutable_value()[0] = 1;
}

bool Pact::initialized() const { return initialized_.value()[0] != 0; }

Quantized Pact::operator()(const Var& x) const {
  check(initialized(), "quantizer: used before it was initialized from data or a checkpoint");
  const Var clip = positive_clip(log_clip_);
  return {clip_and_round(x, clip, affine()), {grid_, step_of(clip, grid_.hi), {}}};
}

AffineGrid Pact::affine() const {
  return {grid_, std::exp(log_clip_.value()[0]) * (1 / static_cast<Real>(grid_.hi)), 0};
}

WeightCodes Pact::weight_codes(const Tensor&) const {
  fail("quantizer: PACT quantizes activations; its weights are DoReFa's");
}

void Pact::parameters(const ParameterFn& visit) {
  visit("log_clip", ParameterKind::quantizer, log_clip_);
  visit("initialized", ParameterKind::statistic, initialized_);
}

}  // namespace nibble
