#include "quant/chains/chain.h"

#include <algorithm>
#include <cassert>

#include "core/simd/prefetch.h"
#include "quant/ops/grid_loops.h"

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

void add_all(std::vector<double>& total, const std::vector<double>& more) {
  if (total.empty()) total.assign(more.size(), 0);
  for (std::size_t i = 0; i < more.size(); ++i) total[i] += more[i];
}

}  // namespace

void multiply_rows(const Real* x, const Real* factors, Real* y, long n, long channels) {
  for (long m = 0; m < n; m += channels) {
    for (long c = 0; c < channels; ++c) y[m + c] = x[m + c] * factors[c];
  }
}

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
    const Real* const from = value.data() + begin;
    std::copy_n(from, n, into);
    const long next = std::min(n, value.size() - begin - n);
    prefetch(from + n, next * static_cast<long>(sizeof *from));
  }
}

ChainPattern Chain::pattern() const {
  assert(sources.size() == (normed || multiplied() ? 1U : 2U));
  ChainPattern pattern{normed ? ChainHead::norm : multiplied() ? ChainHead::product : ChainHead::sum, {}};
  for (const Step& step : steps)
    pattern.steps.push_back(step.grid ? std::nullopt : std::optional(step.activation));
  return pattern;
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
  sources[1].load(begin, n, spare);
  add_block(spare, into, n);
}

long block_size(long channels) { return std::max(kBlockSize / channels, 1L) * channels; }

std::vector<Real> repeated(const Tensor& channels, long rows) {
  std::vector<Real> result;
  for (long m = 0; m < rows; ++m) result.insert(result.end(), channels.begin(), channels.end());
  return result;
}

ChunkSums::ChunkSums(const Chain& chain) : scale(chain.steps.size()), shift(chain.steps.size()) {
  const std::size_t channels = static_cast<std::size_t>(chain.channels);
  if (chain.normed) d.resize(channels), d_centered.resize(channels);
  if (chain.multiplied()) d_factors.resize(channels);
}

void ChunkSums::add(const ChunkSums& more) {
  add_all(scale, more.scale);
  add_all(shift, more.shift);
  add_all(d, more.d);
  add_all(d_centered, more.d_centered);
  add_all(d_factors, more.d_factors);
}

}  // namespace nibble::chains
