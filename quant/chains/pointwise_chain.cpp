#include "quant/chains/pointwise_chain.h"

#include <atomic>
#include <cmath>
#include <span>

#include "quant/chains/chain_blocks.h"
#include "quant/chains/chain_lanes.h"
#include "quant/ops/grid_loops.h"

namespace nibble {

using chains::Chain;
using chains::ChainKernels;
using chains::ChunkSums;
using chains::Kept;
using chains::repeated;
using chains::StepGradients;

namespace {

const ChainKernels& kernels_of(const Chain& chain) {
  const ChainKernels* const fast = chains::lane_kernels(chain);
  return fast ? *fast : chains::block_kernels();
}

// The gradients of the norm as in autograd/ops/norm.cpp. That of its input is computed when it is read.
struct NormGradients {
  Tensor dweight, dbias;
  PiecewiseTensor dx;
};

NormGradients backward_norm(const std::shared_ptr<const Chain>& chain, const StepGradients& dy,
                            const Tensor& head, const ChunkSums& sums, bool constant) {
  const long channels = chain->channels;
  const Real rows = static_cast<Real>(chain->shape.count() / channels);
  NormGradients result{Tensor({channels}), Tensor({channels}), {}};
  Tensor a({channels}), b({channels}), c({channels});
  for (long i = 0; i < channels; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    result.dbias[i] = static_cast<Real>(sums.d[at]);
    result.dweight[i] = static_cast<Real>(sums.d_centered[at]) * chain->inverse[i];
    a[i] = chain->weight[i] * chain->inverse[i] / chain->unit[i];
    if (constant) continue;
    b[i] = -a[i] * chain->inverse[i] * result.dweight[i] / rows;
    c[i] = -a[i] * result.dbias[i] / rows - b[i] * chain->mean_of_channel[i];
  }
  const long block_rows = chain->block_rows();
  const chains::NormLines lines{repeated(a, block_rows), repeated(b, block_rows), repeated(c, block_rows)};
  const auto again = kernels_of(*chain).input_gradient;
  if (again != nullptr) {
    result.dx = PiecewiseTensor(chain->shape, [chain, dy, lines, again](Range elements, Real* into) {
      again(*chain, dy, lines, elements, into);
    });
  } else {
    result.dx = PiecewiseTensor(chain->shape, [chain, head, lines](Range elements, Real* into) {
      chains::combine(*chain, lines, head.data() + elements.begin, elements, into);
    });
  }
  return result;
}

Chain prepare(const std::vector<ChainInput>& inputs, std::optional<ChainNorm>& norm,
              const std::vector<ChainStep>& steps) {
  Chain chain;
  chain.shape = inputs[0].value.shape();
  const bool multiplied = inputs.size() == 2 && inputs[1].value.shape() != chain.shape;
  if (multiplied) chain.factors = inputs[1].value.value();
  for (const ChainInput& input : std::span(inputs).first(multiplied ? 1 : inputs.size())) {
    if (norm && input.sums) {
      chain.sources.push_back({.value = {}, .sums = input.sums->sums});
    } else if (!norm && !input.codes.empty()) {
      chain.sources.push_back({.value = {}, .grid = *input.grid, .codes = input.codes});
    } else {
      chain.sources.push_back({.value = input.value.value()});
    }
  }
  for (const ChainStep& step : steps) {
    chain.steps.push_back({step.grid ? std::optional(step.grid->affine()) : std::nullopt, step.activation,
                           step.slope, step.kept});
  }
  chain.channels = chain.shape.back();
  chain.block = chains::block_size(chain.channels);
  if (!norm) return chain;

  chain.normed = true;
  if (!norm->moments) norm->moments = kernels::channel_moments(inputs[0].value.value());
  chain.weight = norm->weight.value().clone();
  chain.mean_of_channel = Tensor({chain.channels});
  chain.inverse = Tensor({chain.channels});
  chain.unit = Tensor({chain.channels});
  const std::optional<kernels::CodeSums>& sums = inputs[0].sums;
  Tensor gain({chain.channels}), offset({chain.channels});
  for (long c = 0; c < chain.channels; ++c) {
    chain.unit[c] = sums ? sums->gain[c] : Real(1);
    chain.mean_of_channel[c] = (norm->moments->mean[c] - (sums ? sums->offset[c] : Real(0))) / chain.unit[c];
    const double deviation = std::sqrt(static_cast<double>(norm->moments->variance[c]) + norm->epsilon);
    chain.inverse[c] = static_cast<Real>(static_cast<double>(chain.unit[c]) / deviation);
    gain[c] = chain.weight[c] * chain.inverse[c];
    offset[c] = norm->bias.value()[c] - chain.mean_of_channel[c] * gain[c];
  }
  chain.gain = repeated(gain, chain.block_rows());
  chain.offset = repeated(offset, chain.block_rows());
  chain.mean = repeated(chain.mean_of_channel, chain.block_rows());
  return chain;
}

// What the kept steps leave; nothing, if a value is not a number.
std::optional<std::vector<Kept>> run(const Chain& chain) {
  std::vector<Kept> kept(chain.steps.size());
  for (std::size_t k = 0; k < kept.size(); ++k) {
    if (!chain.steps[k].kept) continue;
    if (chain.steps[k].grid) {
      kept[k].codes = Array<std::uint8_t>::uninitialized(chain.shape);
    } else {
      kept[k].value = Tensor::uninitialized(chain.shape);
    }
  }
  const std::vector<Range> chunks = chain.chunks();
  const ChainKernels& kernels = kernels_of(chain);
  std::atomic<bool> numbers = true;
  parallel_for(static_cast<long>(chunks.size()), [&](long i) {
    if (!kernels.forward(chain, chunks[static_cast<std::size_t>(i)], kept)) numbers = false;
  });
  if (!numbers) return {};
  return kept;
}

// Where a step's learned numbers stand among the inputs of the op; 0: it has none.
struct Place {
  std::size_t scale = 0, shift = 0;
};

// What was added up while the only reader of a chain made its gradient. Where d at the head is not computed
// again, it has taken the gradient's place.
struct Watched {
  std::vector<ChunkSums> pieces;  // of the batch
  std::atomic<long> elements = 0;
};

// dy of each step → the gradients of operands (first), norm and grids.
void backward_chain(const std::shared_ptr<const Chain>& chain, const StepGradients& dy,
                    const Watched& watched, const std::vector<Place>& places, bool constant,
                    Gradients& into) {
  const ChainKernels& kernels = kernels_of(*chain);
  const bool again = kernels.input_gradient != nullptr;
  const bool swept = watched.elements != chain->shape.count();
  Tensor head = again ? Tensor() : swept ? Tensor::uninitialized(chain->shape) : dy.back().whole();
  const std::vector<Range> chunks = chain->chunks();
  std::vector<ChunkSums> sums(chunks.size(), ChunkSums(*chain));
  if (swept) {
    parallel_for(static_cast<long>(chunks.size()), [&](long i) {
      const std::size_t at = static_cast<std::size_t>(i);
      kernels.backward(*chain, dy, chunks[at], again ? nullptr : head.data() + chunks[at].begin, sums[at]);
    });
  } else {
    sums = watched.pieces;
  }
  ChunkSums total(*chain);  // in order, whoever computed them
  for (const ChunkSums& some : sums) total.add(some);
  const auto one = [](double v) { return Tensor({1}, {static_cast<Real>(v)}); };
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (places[k].scale != 0) into.add(places[k].scale, one(total.scale[k]));
    if (places[k].shift != 0) into.add(places[k].shift, one(total.shift[k]));
  }
  if (chain->multiplied()) {
    Tensor factors({chain->factors.shape()});
    for (std::size_t i = 0; i < chunks.size(); ++i) {  // those of an image follow each other
      Real* const of_image = factors.data() + chunks[i].begin / chain->shape.row() * chain->channels;
      for (std::size_t c = 0; c < sums[i].d_factors.size(); ++c)
        of_image[c] += static_cast<Real>(sums[i].d_factors[c]);
    }
    if (again) {
      into.add(0, PiecewiseTensor(chain->shape, [chain, dy, &kernels](Range elements, Real* d) {
                 kernels.input_gradient(*chain, dy, {}, elements, d);
               }));
    } else {
      into.add(0, head);
    }
    into.add(1, factors);
    return;
  }
  if (!chain->normed) {
    for (std::size_t i = 0; i < chain->sources.size(); ++i) into.add(i, head);
    return;
  }
  NormGradients gradients = backward_norm(chain, dy, head, total, constant);
  into.add(1, gradients.dweight);
  into.add(2, gradients.dbias);
  into.add(0, std::move(gradients.dx));
}

// Walks back through a chain while the only reader of its last step makes that one's gradient.
PieceWatcher walk_back_when_made(const std::shared_ptr<const Chain>& chain,
                                 const std::shared_ptr<Watched>& watched) {
  watched->pieces.assign(cut(chain->shape[0], kBatchPieces).size(), ChunkSums(*chain));
  return [chain, watched, &kernels = kernels_of(*chain)](long piece, Range elements, Real* d) {
    StepGradients dy(chain->steps.size());
    dy.back() = PiecewiseTensor(chain->shape, [d, begin = elements.begin](Range some, Real* into) {
      std::copy_n(d + (some.begin - begin), some.size(), into);
    });
    kernels.backward(*chain, dy, elements, kernels.input_gradient ? nullptr : d,
                     watched->pieces[static_cast<std::size_t>(piece)]);
    watched->elements += elements.size();
  };
}

PiecewiseTensor made_when_read(const std::shared_ptr<const Chain>& chain,
                               decltype(ChainKernels::values) values) {
  return {chain->shape, [chain, values](Range elements, Real* into) { values(*chain, elements, into); }};
}

PiecewiseTensor decoded(const Array<std::uint8_t>& codes, const AffineGrid& grid) {
  return {codes.shape(), [codes, grid](Range elements, Real* into) {
            decode(codes.data() + elements.begin, into, elements.size(), grid);
          }};
}

}  // namespace

std::optional<std::vector<Quantized>> pointwise_chain(const std::vector<ChainInput>& inputs,
                                                      std::optional<ChainNorm>& norm,
                                                      const std::vector<ChainStep>& steps) {
  assert(inputs.size() == (norm ? 1U : inputs.size()) && !steps.empty() && steps.back().kept);
  const auto chain = std::make_shared<const Chain>(prepare(inputs, norm, steps));
  const auto values = kernels_of(*chain).values;
  const std::optional<std::vector<Kept>> kept = values ? std::vector<Kept>(steps.size()) : run(*chain);
  if (!kept) return {};

  std::vector<Var> learned;
  for (const ChainInput& input : inputs) learned.push_back(input.value);
  if (norm) learned.insert(learned.end(), {norm->weight, norm->bias});
  std::vector<Place> places(steps.size());
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (!steps[k].grid) continue;
    places[k].scale = learned.size();
    learned.push_back(steps[k].grid->scale);
    if (steps[k].grid->shift.empty()) continue;
    places[k].shift = learned.size();
    learned.push_back(steps[k].grid->shift);
  }
  // One op with several results: each leaves its gradient in a slot and wakes the op, which is older than all
  // of them.
  const auto slots = std::make_shared<StepGradients>(steps.size());
  const auto watched = std::make_shared<Watched>();
  const Var op = record(
      "pointwise_chain", learned, Tensor({1}),
      [chain, slots, watched, places, constant = norm && norm->constant](const Tensor&, Gradients& into) {
        backward_chain(chain, *slots, *watched, places, constant, into);
        slots->clear();
      });
  std::vector<Quantized> results;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (!steps[k].kept) continue;
    const Kept& of_step = (*kept)[k];
    const auto leave = [slots, k](const PiecewiseTensor& dy, Gradients& into) {
      (*slots)[k] = dy;
      into.add(0, Tensor({1}));
    };
    if (steps[k].grid) {
      results.push_back(
          {record_piecewise("chain_codes", {op}, decoded(of_step.codes, *chain->steps[k].grid), leave),
           *steps[k].grid, of_step.codes});
    } else {
      const PiecewiseTensor value = values ? made_when_read(chain, values) : PiecewiseTensor(of_step.value);
      results.push_back({record_piecewise("chain_value", {op}, value, leave), {}, {}});
    }
  }
  if (results.size() == 1 && chain->normed)
    results[0].value.watch_gradient(walk_back_when_made(chain, watched));
  return results;
}

}  // namespace nibble
