#include "quant/chains/pointwise_chain.h"

#include <atomic>
#include <cassert>

#include "quant/chains/chain_backward.h"
#include "quant/chains/make_chain.h"
#include "quant/ops/grid_loops.h"

namespace nibble {

using chains::Chain;
using chains::ChainBackward;
using chains::ChainKernels;
using chains::GridPlaces;
using chains::Kept;
using chains::StepGradients;

namespace {

// What the kept steps leave; nothing, if a value is not a number.
std::optional<std::vector<Kept>> run(const Chain& chain, const ChainKernels& kernels) {
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
  std::atomic<bool> numbers = true;
  parallel_for(static_cast<long>(chunks.size()), [&](long i) {
    if (!kernels.forward(chain, chunks[static_cast<std::size_t>(i)], kept)) numbers = false;
  });
  if (!numbers) return {};
  return kept;
}

// All that a chain has gradients of: operands, the norm's weight and bias, and the numbers of the grids.
struct ChainVars {
  std::vector<Var> inputs;
  std::vector<GridPlaces> places;  // of each step
};

ChainVars vars_of(const std::vector<ChainInput>& operands, const std::optional<ChainNorm>& norm,
                  const std::vector<ChainStep>& steps) {
  ChainVars vars;
  for (const ChainInput& operand : operands) vars.inputs.push_back(operand.value);
  if (norm) vars.inputs.insert(vars.inputs.end(), {norm->weight, norm->bias});
  const auto place = [&](const Var& number) {
    vars.inputs.push_back(number);
    return vars.inputs.size() - 1;
  };
  for (const ChainStep& step : steps) {
    GridPlaces& at = vars.places.emplace_back();
    if (step.grid) at.scale = place(step.grid->scale);
    if (step.grid && !step.grid->shift.empty()) at.shift = place(step.grid->shift);
  }
  return vars;
}

PiecewiseTensor decoded(const Array<std::uint8_t>& codes, const AffineGrid& grid) {
  return {codes.shape(), [codes, grid](Range elements, Real* into) {
            decode(codes.data() + elements.begin, into, elements.size(), grid);
          }};
}

// A chain's op with one output for each kept step.
std::vector<Var> record_chain(const std::shared_ptr<ChainBackward>& walk_back, std::vector<Var> inputs,
                              const std::vector<std::size_t>& kept_steps, std::size_t steps,
                              const std::vector<PiecewiseTensor>& values) {
  return record_many("pointwise_chain", std::move(inputs), values,
                     [=](std::span<const PiecewiseTensor> dy, Gradients& into) {
                       StepGradients of_steps(steps);
                       for (std::size_t i = 0; i < dy.size(); ++i) of_steps[kept_steps[i]] = dy[i];
                       (*walk_back)(of_steps, into);
                     });
}

}  // namespace

std::optional<std::vector<Quantized>> pointwise_chain(const std::vector<ChainInput>& inputs,
                                                      std::optional<ChainNorm>& norm,
                                                      const std::vector<ChainStep>& steps) {
  assert(inputs.size() == (norm ? 1U : 2U) && !steps.empty() && steps.back().kept);
  const auto chain = std::make_shared<const Chain>(chains::make_chain(inputs, norm, steps));
  const ChainKernels& kernels = chains::kernels_of(*chain);
  const auto kept = kernels.values ? std::vector<Kept>(steps.size()) : run(*chain, kernels);
  if (!kept) return {};

  std::vector<std::size_t> kept_steps;
  std::vector<PiecewiseTensor> values;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    if (!steps[k].kept) continue;
    kept_steps.push_back(k);
    if (steps[k].grid) {
      values.push_back(decoded((*kept)[k].codes, *chain->steps[k].grid));
    } else if (kernels.values != nullptr) {
      values.push_back({chain->shape, [chain, &kernels](Range elements, Real* into) {
                          kernels.values(*chain, elements, into);
                        }});
    } else {
      values.push_back((*kept)[k].value);
    }
  }
  ChainVars vars = vars_of(inputs, norm, steps);
  const auto walk_back = std::make_shared<ChainBackward>(chain, vars.places, norm && norm->constant,
                                                         norm ? norm->parts : nullptr);
  std::vector<Var> outputs =
      record_chain(walk_back, std::move(vars.inputs), kept_steps, steps.size(), values);
  if (outputs.size() == 1 && chain->normed) outputs[0].hook_gradient(ChainBackward::hook(walk_back));
  std::vector<Quantized> results;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const ChainStep& step = steps[kept_steps[i]];
    if (step.grid) {
      results.push_back({outputs[i], *step.grid, (*kept)[kept_steps[i]].codes});
    } else {
      results.push_back({outputs[i], {}, {}});
    }
  }
  return results;
}

}  // namespace nibble
