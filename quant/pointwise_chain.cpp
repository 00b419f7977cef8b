#include "quant/pointwise_chain.h"

#include <atomic>
#include <cmath>

#include "core/parallel.h"
#include "quant/grid_loops.h"

namespace nibble {
namespace {

constexpr long kBlockSize = 512;  // of floats: a dozen of such arrays fit the first-level cache

struct Step {
  std::optional<AffineGrid> grid;
  ActivationKind activation;
  Real slope;
  bool kept;

  void forward(const Real* x, Real* y, long n) const {
    if (grid) {
      round_to_grid(x, y, n, *grid);
    } else {
      kernels::activate(activation, slope, x, y, n);
    }
  }
};

struct Source {
  Tensor value;  // empty where codes are read
  AffineGrid grid;
  Array<std::uint8_t> codes;

  void load(long begin, long n, Real* into) const {
    if (codes.empty()) {
      std::copy_n(value.data() + begin, n, into);
    } else {
      decode(codes.data() + begin, into, n, grid);
    }
  }
};

// [C] repeated over the rows of a block, so that loops over a block need not count channels.
std::vector<Real> repeated(const Tensor& channels, long rows) {
  std::vector<Real> result;
  for (long m = 0; m < rows; ++m) result.insert(result.end(), channels.begin(), channels.end());
  return result;
}

// y = gain · x + offset, element by element
void scale_block(const Real* x, const Real* gain, const Real* offset, Real* y, long n) {
  for (long i = 0; i < n; ++i) y[i] = x[i] * gain[i] + offset[i];
}

void add_block(const Real* a, Real* sum, long n) {
  for (long i = 0; i < n; ++i) sum[i] += a[i];
}

void sum_block(const Real* a, const Real* b, Real* sum, long n) {
  for (long i = 0; i < n; ++i) sum[i] = a[i] + b[i];
}

// Sums that the norm's gradients are made of: Σ d and Σ d (x − μ)
void norm_sums_block(const Real* d, const Real* x, const Real* mean, Real* sum, Real* centered, long n) {
  for (long i = 0; i < n; ++i) {
    sum[i] += d[i];
    centered[i] += d[i] * (x[i] - mean[i]);
  }
}

void combine_block(const Real* __restrict a, const Real* __restrict d, const Real* __restrict b,
                   const Real* __restrict x, const Real* __restrict c, Real* __restrict into, long n) {
  for (long i = 0; i < n; ++i) into[i] = a[i] * d[i] + b[i] * x[i] + c[i];
}

double sum_of(const std::vector<Real>& terms) {
  double sum = 0;
  for (const Real term : terms) sum += static_cast<double>(term);
  return sum;
}

// All that both directions know. Held by value in the tape, so learned numbers are those of the forward pass.
struct Chain {
  std::vector<Source> sources;
  std::vector<Step> steps;
  Shape shape;
  long channels = 1, block = kBlockSize;  // elements of a block: whole rows
  bool normed = false;
  std::vector<Real> gain, offset, mean;     // of the norm, repeated over a block
  Tensor weight, inverse, mean_of_channel;  // [C]

  long block_rows() const { return block / channels; }
  // Chunks of whole blocks, each the work of one thread.
  std::vector<Range> chunks() const {
    const long rows = shape.count() / channels,
               per_chunk = std::max(kElementGrain / block, 1L) * block_rows();
    std::vector<Range> result;
    for (long begin = 0; begin < rows; begin += per_chunk)
      result.push_back({begin * channels, std::min(begin + per_chunk, rows) * channels});
    return result;
  }

  // The input of the first step.
  void load(long begin, long n, Real* spare, Real* into) const {
    if (normed) {
      scale_block(sources[0].value.data() + begin, gain.data(), offset.data(), into, n);
      return;
    }
    sources[0].load(begin, n, into);
    if (sources.size() > 1) {
      sources[1].load(begin, n, spare);
      add_block(spare, into, n);
    }
  }
};

// Arrays of one block; stage k is the input of step k, the last one the chain's result.
class Stages {
 public:
  explicit Stages(const Chain& chain)
      : block_(chain.block), memory_((chain.steps.size() + 2) * size_t(chain.block)) {}
  Real* operator[](std::size_t k) { return memory_.data() + k * static_cast<std::size_t>(block_); }

 private:
  long block_;
  std::vector<Real> memory_;
};

// What one chunk adds to the gradients of learned numbers.
struct ChunkSums {
  std::vector<double> scale, shift;   // of each step
  std::vector<double> d, d_centered;  // [C], of the norm
};

void fold_channels(const std::vector<Real>& block, long channels, std::vector<double>& into) {
  const std::size_t count = static_cast<std::size_t>(channels);
  into.assign(count, 0);
  for (std::size_t row = 0; row < block.size(); row += count) {
    for (std::size_t c = 0; c < count; ++c) into[c] += static_cast<double>(block[row + c]);
  }
}

// dy of the kept steps (some empty) → d at the chain's head, written to `head`.
ChunkSums backward_chunk(const Chain& chain, const std::vector<const Tensor*>& dy, Range range,
                         Tensor& head) {
  const std::size_t steps = chain.steps.size(), size = static_cast<std::size_t>(chain.block);
  Stages stage(chain);
  std::vector<Real> memory(4 * size), sum(size), centered(size);
  Real *const spare = memory.data(), *const buffer[] = {spare + size, spare + 2 * size, spare + 3 * size};
  std::vector<std::vector<Real>> to_scale(steps), to_shift(steps);
  for (std::size_t k = 0; k < steps; ++k) {
    if (chain.steps[k].grid) to_scale[k].assign(size, 0), to_shift[k].assign(size, 0);
  }
  for (long begin = range.begin; begin < range.end; begin += chain.block) {
    const long n = std::min(chain.block, range.end - begin);
    chain.load(begin, n, spare, stage[0]);
    for (std::size_t k = 0; k + 1 < steps; ++k) chain.steps[k].forward(stage[k], stage[k + 1], n);
    const Step& last = chain.steps.back();
    if (!last.grid && kernels::gradient_reads_output(last.activation))
      last.forward(stage[steps - 1], stage[steps], n);

    const Real* at = nullptr;  // the gradient behind step k
    for (std::size_t k = steps; k-- > 0;) {
      const Step& step = chain.steps[k];
      Real* const next = k == 0 ? head.data() + begin : buffer[k % 2];
      if (step.kept && !dy[k]->empty()) {
        const Real* const more = dy[k]->data() + begin;
        if (at == nullptr) {
          at = more;
        } else {
          sum_block(at, more, buffer[2], n);
          at = buffer[2];
        }
      }
      if (at == nullptr) continue;  // nobody behind asked
      if (step.grid) {
        straight_through(stage[k], at, next, to_scale[k].data(), to_shift[k].data(), n, *step.grid);
      } else {
        const std::size_t saved = kernels::gradient_reads_output(step.activation) ? k + 1 : k;
        kernels::activate_gradient(step.activation, step.slope, stage[saved], at, next, n);
      }
      at = next;
    }
    if (chain.normed) {
      norm_sums_block(at, chain.sources[0].value.data() + begin, chain.mean.data(), sum.data(),
                      centered.data(), n);
    }
  }
  ChunkSums sums;
  for (std::size_t k = 0; k < steps; ++k) {
    sums.scale.push_back(sum_of(to_scale[k]));
    sums.shift.push_back(sum_of(to_shift[k]));
  }
  if (chain.normed) {
    fold_channels(sum, chain.channels, sums.d);
    fold_channels(centered, chain.channels, sums.d_centered);
  }
  return sums;
}

void add_all(std::vector<double>& total, const std::vector<double>& more) {
  if (total.empty()) total.assign(more.size(), 0);
  for (std::size_t i = 0; i < more.size(); ++i) total[i] += more[i];
}

// The gradients of the norm as in autograd/ops/norm.cpp. d at its input is a · d + b · x + c of d at its
// output, which is computed when it is read.
struct NormGradients {
  Tensor dweight, dbias;
  PiecewiseGradient dx;
};

NormGradients backward_norm(const std::shared_ptr<const Chain>& chain, const ChunkSums& sums, bool constant,
                            const Tensor& head) {
  const long channels = chain->channels;
  const Real rows = static_cast<Real>(chain->shape.count() / channels);
  NormGradients result{Tensor({channels}), Tensor({channels}), {}};
  Tensor a({channels}), b({channels}), c({channels});
  for (long i = 0; i < channels; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    result.dbias[i] = static_cast<Real>(sums.d[at]);
    result.dweight[i] = static_cast<Real>(sums.d_centered[at]) * chain->inverse[i];
    a[i] = chain->weight[i] * chain->inverse[i];
    if (constant) continue;
    b[i] = -a[i] * chain->inverse[i] * result.dweight[i] / rows;
    c[i] = -a[i] * result.dbias[i] / rows - b[i] * chain->mean_of_channel[i];
  }
  const long block_rows = chain->block_rows();
  result.dx = PiecewiseGradient(
      chain->shape, [chain, head, pa = repeated(a, block_rows), pb = repeated(b, block_rows),
                     pc = repeated(c, block_rows)](Range elements, Real* into) {
        const Real* const x = chain->sources[0].value.data();
        for (long begin = elements.begin; begin < elements.end; begin += chain->block) {
          combine_block(pa.data(), head.data() + begin, pb.data(), x + begin, pc.data(),
                        into + (begin - elements.begin), std::min(chain->block, elements.end - begin));
        }
      });
  return result;
}

Chain prepare(const std::vector<ChainInput>& inputs, std::optional<ChainNorm>& norm,
              const std::vector<ChainStep>& steps) {
  Chain chain;
  chain.shape = inputs[0].value.shape();
  for (const ChainInput& input : inputs) {
    const bool coded = !input.codes.empty() && !norm;
    chain.sources.push_back(
        {coded ? Tensor() : input.value.value(), coded ? *input.grid : AffineGrid{}, input.codes});
    if (!coded) chain.sources.back().codes = {};
  }
  for (const ChainStep& step : steps) {
    chain.steps.push_back({step.grid ? std::optional(step.grid->affine()) : std::nullopt, step.activation,
                           step.slope, step.kept});
  }
  chain.channels = chain.shape.back();
  chain.block = std::max(kBlockSize / chain.channels, 1L) * chain.channels;
  if (!norm) return chain;

  chain.normed = true;
  if (!norm->moments) norm->moments = kernels::channel_moments(inputs[0].value.value());
  chain.weight = norm->weight.value().clone();
  chain.mean_of_channel = norm->moments->mean.clone();
  chain.inverse = Tensor({chain.channels});
  Tensor gain({chain.channels}), offset({chain.channels});
  for (long c = 0; c < chain.channels; ++c) {
    chain.inverse[c] =
        static_cast<Real>(1 / std::sqrt(static_cast<double>(norm->moments->variance[c]) + norm->epsilon));
    gain[c] = chain.weight[c] * chain.inverse[c];
    offset[c] = norm->bias.value()[c] - chain.mean_of_channel[c] * gain[c];
  }
  chain.gain = repeated(gain, chain.block_rows());
  chain.offset = repeated(offset, chain.block_rows());
  chain.mean = repeated(chain.mean_of_channel, chain.block_rows());
  return chain;
}

// What a kept step leaves behind: codes of a quantizer, values of an activation.
struct Kept {
  Array<std::uint8_t> codes;
  Tensor value;
};

// False if a value was not a number.
bool forward_chunk(const Chain& chain, Range range, std::vector<Kept>& kept) {
  Stages stage(chain);
  std::vector<Real> spare(static_cast<std::size_t>(chain.block));
  bool numbers = true;
  for (long begin = range.begin; begin < range.end; begin += chain.block) {
    const long n = std::min(chain.block, range.end - begin);
    chain.load(begin, n, spare.data(), stage[0]);
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

}  // namespace

std::optional<std::vector<Quantized>> pointwise_chain(const std::vector<ChainInput>& inputs,
                                                      std::optional<ChainNorm>& norm,
                                                      const std::vector<ChainStep>& steps) {
  assert(inputs.size() == (norm ? 1U : inputs.size()) && !steps.empty() && steps.back().kept);
  const auto shared = std::make_shared<const Chain>(prepare(inputs, norm, steps));
  const Chain& chain = *shared;
  const std::vector<Range> chunks = chain.chunks();

  std::vector<Kept> kept(steps.size());
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (!steps[k].kept) continue;
    if (steps[k].grid) {
      kept[k].codes = Array<std::uint8_t>::uninitialized(chain.shape);
    } else {
      kept[k].value = Tensor::uninitialized(chain.shape);
    }
  }
  std::atomic<bool> numbers = true;
  parallel_for(static_cast<long>(chunks.size()), [&](long i) {
    if (!forward_chunk(chain, chunks[static_cast<std::size_t>(i)], kept)) numbers = false;
  });
  if (!numbers) return {};

  // One op with several results: each leaves its gradient in a slot and wakes the op, which is older than all
  // of them.
  std::vector<Var> learned;
  for (const ChainInput& input : inputs) learned.push_back(input.value);
  if (norm) learned.insert(learned.end(), {norm->weight, norm->bias});
  struct Place {
    std::size_t scale = 0, shift = 0;  // among the inputs of the op; shift 0: none
  };
  std::vector<Place> places(steps.size());
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (!steps[k].grid) continue;
    places[k].scale = learned.size();
    learned.push_back(steps[k].grid->scale);
    if (steps[k].grid->shift.empty()) continue;
    places[k].shift = learned.size();
    learned.push_back(steps[k].grid->shift);
  }
  const auto slots = std::make_shared<std::vector<Tensor>>(steps.size());
  const bool constant = norm && norm->constant;
  const Var hub = record("pointwise_chain", learned, Tensor({1}),
                         [shared, slots, places, constant](const Tensor&, Gradients& into) {
                           const Chain& saved = *shared;
                           std::vector<const Tensor*> dy;
                           for (const Tensor& slot : *slots) dy.push_back(&slot);
                           Tensor head = Tensor::uninitialized(saved.shape);
                           const std::vector<Range> work = saved.chunks();
                           std::vector<ChunkSums> sums(work.size());
                           parallel_for(static_cast<long>(work.size()), [&](long i) {
                             const std::size_t at = static_cast<std::size_t>(i);
                             sums[at] = backward_chunk(saved, dy, work[at], head);
                           });
                           ChunkSums total;  // in order, whoever computed them
                           for (const ChunkSums& chunk : sums) {
                             add_all(total.scale, chunk.scale);
                             add_all(total.shift, chunk.shift);
                             add_all(total.d, chunk.d);
                             add_all(total.d_centered, chunk.d_centered);
                           }
                           slots->clear();
                           const auto one = [](double v) { return Tensor({1}, {static_cast<Real>(v)}); };
                           for (std::size_t k = 0; k < places.size(); ++k) {
                             if (saved.steps[k].grid) into.add(places[k].scale, one(total.scale[k]));
                             if (places[k].shift != 0) into.add(places[k].shift, one(total.shift[k]));
                           }
                           if (saved.normed) {
                             NormGradients gradients = backward_norm(shared, total, constant, head);
                             into.add(1, gradients.dweight);
                             into.add(2, gradients.dbias);
                             into.add(0, std::move(gradients.dx));
                           } else {
                             for (std::size_t i = 0; i < saved.sources.size(); ++i) into.add(i, head);
                           }
                         });

  std::vector<Quantized> results;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (!steps[k].kept) continue;
    const auto leave = [slots, k](const Tensor& dy, Gradients& into) {
      (*slots)[k] = dy;
      into.add(0, Tensor({1}));
    };
    if (!steps[k].grid) {
      results.push_back({record("chain_value", {hub}, kept[k].value, leave), {}, {}});
      continue;
    }
    const auto values = [codes = kept[k].codes, grid = *chain.steps[k].grid] {
      Tensor y = Tensor::uninitialized(codes.shape());
      parallel_chunks(y.size(), kElementGrain,
                      [&](Range r) { decode(codes.data() + r.begin, y.data() + r.begin, r.size(), grid); });
      return y;
    };
    results.push_back(
        {record_lazy("chain_codes", {hub}, chain.shape, values, leave), *steps[k].grid, kept[k].codes});
  }
  return results;
}

}  // namespace nibble
