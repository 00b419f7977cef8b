#include "quant/chains/chain_blocks.h"

#include <algorithm>

#include "core/scratch.h"
#include "quant/ops/grid_loops.h"

namespace nibble::chains {
namespace {

void multiply_block(const Real* a, const Real* b, Real* product, long n) {
  for (long i = 0; i < n; ++i) product[i] = a[i] * b[i];
}

void sum_block(const Real* a, const Real* b, Real* sum, long n) {
  for (long i = 0; i < n; ++i) sum[i] = a[i] + b[i];
}

void add_products(const Real* d, const Real* x, Real* sum, long n) {
  for (long i = 0; i < n; ++i) sum[i] += d[i] * x[i];
}

// Sums that the norm's gradients are made of: Σ d and Σ d (x − μ)
void norm_sums_block(const Real* d, const Real* x, const Real* mean, Real* sum, Real* centered, long n) {
  for (long i = 0; i < n; ++i) {
    sum[i] += d[i];
    centered[i] += d[i] * (x[i] - mean[i]);
  }
}

double sum_of(const std::vector<Real>& terms) {
  double sum = 0;
  for (const Real term : terms) sum += static_cast<double>(term);
  return sum;
}

// into = a · d + b · x + c, element by element
void combine_block(const Real* __restrict a, const Real* __restrict d, const Real* __restrict b,
                   const Real* __restrict x, const Real* __restrict c, Real* __restrict into, long n) {
  for (long i = 0; i < n; ++i) into[i] = a[i] * d[i] + b[i] * x[i] + c[i];
}

// So many arrays of one block, nothing in them at first.
class Blocks {
 public:
  Blocks(std::size_t count, long block) : block_(block), memory_(static_cast<long>(count) * block) {}
  Real* operator[](std::size_t k) { return memory_.data() + static_cast<long>(k) * block_; }

 private:
  long block_;
  Scratch<> memory_;
};

void fold_channels(const std::vector<Real>& block, long channels, std::vector<double>& into) {
  const std::size_t count = static_cast<std::size_t>(channels);
  for (std::size_t row = 0; row < block.size(); row += count) {
    for (std::size_t c = 0; c < count; ++c) into[c] += static_cast<double>(block[row + c]);
  }
}

// The way back through a chain, block by block, and what passes the quantizers on it.
class BlockWalk {
 public:
  BlockWalk(const Chain& chain, const StepGradients& dy, Range range);
  /// d in front of the first step, for n elements; valid until the next call.
  const Real* backward(long begin, long n);
  /// What the norm or the factors multiplied in the last block.
  const Real* operand() { return buffer_[kSpare]; }
  const std::vector<Real>& to_scale(std::size_t step) const { return to_scale_[step]; }
  const std::vector<Real>& to_shift(std::size_t step) const { return to_shift_[step]; }

 private:
  enum : std::size_t { kSpare = 2, kSum, kBuffers };  // behind the two that steps write by turns
  static constexpr long kAtOnce = 8;                  // blocks of a gradient that are asked for together

  const Chain& chain_;
  const StepGradients& dy_;
  Range range_, here_{};                       // where gradients have arrived
  std::vector<const Real*> arrived_;           // of each step, at here_.begin
  Blocks stage_, derivative_, buffer_, room_;  // stage k is the input of step k
  std::vector<std::vector<Real>> to_scale_, to_shift_;
};

BlockWalk::BlockWalk(const Chain& chain, const StepGradients& dy, Range range)
    : chain_(chain),
      dy_(dy),
      range_(range),
      arrived_(chain.steps.size()),
      stage_(chain.steps.size() + 1, chain.block),
      derivative_(chain.steps.size(), chain.block),
      buffer_(kBuffers, chain.block),
      room_(chain.steps.size() * kAtOnce, chain.block),
      to_scale_(chain.steps.size()),
      to_shift_(chain.steps.size()) {
  for (std::size_t k = 0; k < chain.steps.size(); ++k) {
    if (!chain.steps[k].grid) continue;
    to_scale_[k].assign(static_cast<std::size_t>(chain.block), 0);
    to_shift_[k].assign(static_cast<std::size_t>(chain.block), 0);
  }
}

const Real* BlockWalk::backward(long begin, long n) {
  const std::size_t steps = chain_.steps.size();
  if (begin >= here_.end) {
    here_ = {begin, std::min(begin + kAtOnce * chain_.block, range_.end)};
    for (std::size_t k = 0; k < steps; ++k)
      if (chain_.steps[k].kept && !dy_[k].empty()) arrived_[k] = dy_[k].block(here_, room_[k * kAtOnce]);
  }
  chain_.load(begin, n, buffer_[kSpare], stage_[0]);
  for (std::size_t k = 0; k < steps; ++k) {
    const Step& step = chain_.steps[k];
    if (step.derives_at_once()) {
      kernels::activate_and_derive(step.activation, stage_[k], stage_[k + 1], derivative_[k], n);
    } else if (k + 1 < steps || (!step.grid && kernels::gradient_reads_output(step.activation))) {
      step.forward(stage_[k], stage_[k + 1], n);
    }
  }
  const Real* at = nullptr;  // the gradient behind step k
  for (std::size_t k = steps; k-- > 0;) {
    const Step& step = chain_.steps[k];
    Real* const next = buffer_[k % 2];
    if (step.kept && !dy_[k].empty()) {
      const Real* const more = arrived_[k] + (begin - here_.begin);
      if (at != nullptr) sum_block(at, more, buffer_[kSum], n);
      at = at == nullptr ? more : buffer_[kSum];
    }
    if (at == nullptr) continue;  // nobody behind asked
    if (step.grid) {
      straight_through(stage_[k], at, next, to_scale_[k].data(), to_shift_[k].data(), n, *step.grid);
    } else if (step.derives_at_once()) {
      multiply_block(derivative_[k], at, next, n);
    } else {
      const std::size_t saved = kernels::gradient_reads_output(step.activation) ? k + 1 : k;
      kernels::activate_gradient(step.activation, step.slope, stage_[saved], at, next, n);
    }
    at = next;
  }
  return at;
}

bool forward_chunk(const Chain& chain, Range range, std::vector<Kept>& kept) {
  Blocks stage(chain.steps.size() + 2, chain.block);  // stage k is the input of step k
  Real* const spare = stage[chain.steps.size() + 1];
  bool numbers = true;
  for (long begin = range.begin; begin < range.end; begin += chain.block) {
    const long n = std::min(chain.block, range.end - begin);
    chain.load(begin, n, spare, stage[0]);
    for (std::size_t k = 0; k < chain.steps.size(); ++k) {
      const Step& step = chain.steps[k];
      if (!step.kept || !step.grid) step.forward(stage[k], stage[k + 1], n);
      if (!step.kept) continue;
      if (step.grid) {
        std::uint8_t* const codes = kept[k].codes.data() + begin;
        numbers &= encode(stage[k], codes, n, *step.grid);
        if (k + 1 < chain.steps.size()) decode(codes, stage[k + 1], n, *step.grid);
      } else {
        std::copy_n(stage[k + 1], n, kept[k].value.data() + begin);
      }
    }
  }
  return numbers;
}

void backward_chunk(const Chain& chain, const StepGradients& dy, Range range, Real* head, ChunkSums& sums) {
  const std::size_t steps = chain.steps.size(), size = static_cast<std::size_t>(chain.block);
  BlockWalk walk(chain, dy, range);
  std::vector<Real> sum(size), centered(size), products(size);
  for (long begin = range.begin; begin < range.end; begin += chain.block) {
    const long n = std::min(chain.block, range.end - begin);
    const Real* const at = walk.backward(begin, n);
    if (chain.normed) {
      norm_sums_block(at, walk.operand(), chain.mean.data(), sum.data(), centered.data(), n);
    }
    if (chain.multiplied()) add_products(at, walk.operand(), products.data(), n);
    Real* const into = head + (begin - range.begin);
    if (chain.multiplied()) {
      multiply_rows(at, chain.factors_at(begin), into, n, chain.channels);
    } else {
      std::copy_n(at, n, into);
    }
  }
  for (std::size_t k = 0; k < steps; ++k) {
    sums.scale[k] += sum_of(walk.to_scale(k));
    sums.shift[k] += sum_of(walk.to_shift(k));
  }
  if (chain.normed) {
    fold_channels(sum, chain.channels, sums.d);
    fold_channels(centered, chain.channels, sums.d_centered);
  }
  if (chain.multiplied()) fold_channels(products, chain.channels, sums.d_factors);
}

}  // namespace

void combine(const Chain& chain, const NormLines& lines, const Real* d, Range range, Real* into) {
  Blocks x(1, chain.block);
  for (long begin = range.begin; begin < range.end; begin += chain.block) {
    const long n = std::min(chain.block, range.end - begin);
    chain.sources[0].load(begin, n, x[0]);
    combine_block(lines.a.data(), d + (begin - range.begin), lines.b.data(), x[0], lines.c.data(),
                  into + (begin - range.begin), n);
  }
}

const ChainKernels& block_kernels() {
  static const ChainKernels kernels{nullptr, forward_chunk, backward_chunk, nullptr};
  return kernels;
}

}  // namespace nibble::chains
