#include "quant/chain_blocks.h"

#include <algorithm>

#include "core/prefetch.h"
#include "core/scratch.h"
#include "quant/grid_loops.h"

namespace nibble::chains {
namespace {

constexpr long kBlockSize = 512;  // of floats: a dozen of such arrays fit the first-level cache

// y = gain · x + offset, element by element
void scale_block(const Real* x, const Real* gain, const Real* offset, Real* y, long n) {
  for (long i = 0; i < n; ++i) y[i] = x[i] * gain[i] + offset[i];
}

void add_block(const Real* a, Real* sum, long n) {
  for (long i = 0; i < n; ++i) sum[i] += a[i];
}

void multiply_block(const Real* a, const Real* b, Real* product, long n) {
  for (long i = 0; i < n; ++i) product[i] = a[i] * b[i];
}

void sum_block(const Real* a, const Real* b, Real* sum, long n) {
  for (long i = 0; i < n; ++i) sum[i] = a[i] + b[i];
}

// y[m, c] = x[m, c] · factors[c]; y may be x
void multiply_rows(const Real* x, const Real* factors, Real* y, long n, long channels) {
  for (long m = 0; m < n; m += channels) {
    for (long c = 0; c < channels; ++c) y[m + c] = x[m + c] * factors[c];
  }
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
  into.assign(count, 0);
  for (std::size_t row = 0; row < block.size(); row += count) {
    for (std::size_t c = 0; c < count; ++c) into[c] += static_cast<double>(block[row + c]);
  }
}

void add_all(std::vector<double>& total, const std::vector<double>& more) {
  if (total.empty()) total.assign(more.size(), 0);
  for (std::size_t i = 0; i < more.size(); ++i) total[i] += more[i];
}

// The way back through a chain, block by block, and what passes the quantizers on it.
class BlockWalk {
 public:
  BlockWalk(const Chain& chain, const StepGradients& dy);
  /// d in front of the first step, for n elements; valid until the next call.
  const Real* backward(long begin, long n);
  /// What the norm or the factors multiplied in the last block.
  const Real* operand() { return buffer_[kSpare]; }
  const std::vector<Real>& to_scale(std::size_t step) const { return to_scale_[step]; }
  const std::vector<Real>& to_shift(std::size_t step) const { return to_shift_[step]; }

 private:
  enum : std::size_t { kSpare = 2, kRead, kBuffers };  // behind the two that steps write by turns

  const Chain& chain_;
  const StepGradients& dy_;
  Blocks stage_, derivative_, buffer_;  // stage k is the input of step k
  std::vector<std::vector<Real>> to_scale_, to_shift_;
};

BlockWalk::BlockWalk(const Chain& chain, const StepGradients& dy)
    : chain_(chain),
      dy_(dy),
      stage_(chain.steps.size() + 1, chain.block),
      derivative_(chain.steps.size(), chain.block),
      buffer_(kBuffers, chain.block),
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
      const Real* const more = dy_[k].block({begin, begin + n}, buffer_[kRead]);
      if (at != nullptr) sum_block(at, more, buffer_[kRead], n);
      at = at == nullptr ? more : buffer_[kRead];
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

}  // namespace

void Step::forward(const Real* x, Real* y, long n) const {
  if (grid) {
    round_to_grid(x, y, n, *grid);
  } else {
    kernels::activate(activation, slope, x, y, n);
  }
}

void Source::load(long begin, long n, Real* into) const {
  if (!codes.empty()) {
    decode(codes.data() + begin, into, n, grid);
  } else if (!sums.empty()) {
    const std::int16_t* const from = sums.data() + begin;
    for (long i = 0; i < n; ++i) into[i] = static_cast<Real>(from[i]);
    const long next = std::min(n, sums.size() - begin - n);
    prefetch(from + n, next * static_cast<long>(sizeof *from));
  } else {
    std::copy_n(value.data() + begin, n, into);
  }
}

std::vector<Range> Chain::chunks() const {
  const long per_chunk = std::max(kElementGrain / block, 1L) * block_rows() * channels;
  const long whole = multiplied() ? shape.row() : shape.count();
  std::vector<Range> result;
  for (long first = 0; first < shape.count(); first += whole) {
    for (long begin = first; begin < first + whole; begin += per_chunk)
      result.push_back({begin, std::min(begin + per_chunk, first + whole)});
  }
  return result;
}

void Chain::load(long begin, long n, Real* spare, Real* into) const {
  if (normed) {
    sources[0].load(begin, n, spare);
    scale_block(spare, gain.data(), offset.data(), into, n);
    return;
  }
  if (multiplied()) {
    sources[0].load(begin, n, spare);
    multiply_rows(spare, factors_at(begin), into, n, channels);
    return;
  }
  sources[0].load(begin, n, into);
  if (sources.size() > 1) {
    sources[1].load(begin, n, spare);
    add_block(spare, into, n);
  }
}

long block_size(long channels) { return std::max(kBlockSize / channels, 1L) * channels; }

std::vector<Real> repeated(const Tensor& channels, long rows) {
  std::vector<Real> result;
  for (long m = 0; m < rows; ++m) result.insert(result.end(), channels.begin(), channels.end());
  return result;
}

static bool forward_chunk(const Chain& chain, Range range, std::vector<Kept>& kept) {
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

static ChunkSums backward_chunk(const Chain& chain, const StepGradients& dy, Range range, Real* head) {
  const std::size_t steps = chain.steps.size(), size = static_cast<std::size_t>(chain.block);
  BlockWalk walk(chain, dy);
  std::vector<Real> sum(size), centered(size), products(size);
  for (long begin = range.begin; begin < range.end; begin += chain.block) {
    const long n = std::min(chain.block, range.end - begin);
    const Real* const at = walk.backward(begin, n);
    if (chain.normed) {
      norm_sums_block(at, walk.operand(), chain.mean.data(), sum.data(), centered.data(), n);
    }
    if (chain.multiplied()) add_products(at, walk.operand(), products.data(), n);
    if (head == nullptr) continue;
    Real* const into = head + (begin - range.begin);
    if (chain.multiplied()) {
      multiply_rows(at, chain.factors_at(begin), into, n, chain.channels);
    } else {
      std::copy_n(at, n, into);
    }
  }
  ChunkSums sums;
  for (std::size_t k = 0; k < steps; ++k) {
    sums.scale.push_back(sum_of(walk.to_scale(k)));
    sums.shift.push_back(sum_of(walk.to_shift(k)));
  }
  if (chain.normed) {
    fold_channels(sum, chain.channels, sums.d);
    fold_channels(centered, chain.channels, sums.d_centered);
  }
  if (chain.multiplied()) fold_channels(products, chain.channels, sums.d_factors);
  return sums;
}

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
  static const ChainKernels kernels{forward_chunk, backward_chunk, nullptr};
  return kernels;
}

void ChunkSums::add(const ChunkSums& more) {
  add_all(scale, more.scale);
  add_all(shift, more.shift);
  add_all(d, more.d);
  add_all(d_centered, more.d_centered);
  add_all(d_factors, more.d_factors);
}

}  // namespace nibble::chains
